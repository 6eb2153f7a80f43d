package state

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/run"
)

// What is open is counted, and what has ended is not.
func TestBacklog(t *testing.T) {
	db := open(t)
	now := time.Now()
	id := pendingRun(t, db)
	before, err := db.Backlog(t.Context())
	check(t, err)
	if before.Runs[run.Pending] != 1 || before.Tasks[run.TaskPending] == 0 || before.OldestPending.IsZero() || len(before.Deliveries) != 0 {
		t.Errorf("with one run that is pending: %+v", before)
	}
	all := Settlement{Run: id, At: now}
	for i, name := range []string{"pacs", "archive", "pacs", "archive"} {
		to := run.Destination{Name: name, Host: name, Port: 104, AETitle: "PACS"}
		all.Deliveries = append(all.Deliveries, run.Delivery{Destination: to, NextTry: now, Since: db.Running() - time.Duration(10-i)*time.Hour})
	}
	check(t, db.Settle(t.Context(), all))
	check(t, db.BeginTry(t.Context(), 2))
	check(t, db.BeginTry(t.Context(), 4))
	check(t, db.EndTry(t.Context(), run.TryEnd{Delivery: 4, State: run.DeliveryUncommitted, At: now}, nil))
	after, err := db.Backlog(t.Context())
	check(t, err)
	var got []string
	for _, d := range after.Deliveries {
		got = append(got, fmt.Sprintf("%s %d pending, %d sending, %d uncommitted since %s", d.Name, d.Pending, d.Sending, d.Uncommitted, d.Oldest.Round(time.Hour)))
	}
	want := []string{"pacs 2 pending, 0 sending, 0 uncommitted since 10h0m0s", "archive 0 pending, 1 sending, 0 uncommitted since 9h0m0s",
		"archive 0 pending, 0 sending, 1 uncommitted since 0s"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("deliveries (-want +got):\n%s", diff)
	}
}

// What a scrape costs must not grow with what has ended.
func TestBacklogReadsIndexesOfOpenRows(t *testing.T) {
	db := open(t)
	for _, query := range []string{openArrivals, openRuns, openTasks, oldestPending, openDeliveries} {
		rows, err := db.query(t.Context(), "EXPLAIN QUERY PLAN "+query)
		check(t, err)
		steps, err := scanAll(rows, func(step *string) []any { return []any{new(int), new(int), new(int), step} })
		check(t, err)
		for _, step := range steps {
			for _, table := range []string{"arrival", "run", "r", "task", "t", "delivery"} {
				if step == "SCAN "+table {
					t.Errorf("%s in\n%s", step, strings.Join(steps, "\n"))
				}
			}
		}
	}
}
