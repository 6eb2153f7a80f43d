package state

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// However many deliveries wait for a destination that commits to nothing, those to
// another are seen. Of each there are the first and the last to be asked for.
func TestUncommittedOfManyDeliveries(t *testing.T) {
	db := openUntold(t)
	now := time.Now()
	id := pendingRun(t, db)
	all := Settlement{Run: id, At: now}
	for i := range 600 {
		all.Deliveries = append(all.Deliveries, run.Delivery{Destination: run.Destination{Host: "away", Port: 104, AETitle: "PACS"}, NextTry: now.Add(time.Duration(i) * time.Second)})
	}
	for i := range 3 {
		all.Deliveries = append(all.Deliveries, run.Delivery{Destination: run.Destination{Host: "pacs", Port: 104, AETitle: "PACS"}, NextTry: now.Add(time.Hour - time.Duration(i)*time.Second)})
	}
	check(t, db.Settle(t.Context(), all))
	check(t, db.update(t.Context(), func(tx *transaction) error {
		_, err := tx.Exec("UPDATE delivery SET state = 'uncommitted', uncommitted_since = 7, reason = 'sent' WHERE id <> 602")
		return err
	}))
	open, err := db.Uncommitted(t.Context())
	check(t, err)
	var got []string
	for _, d := range open {
		got = append(got, fmt.Sprintf("%d %s +%v", d.ID, d.Destination.Host, d.NextTry.Sub(now).Round(time.Second)))
		if d.Run != id || d.UncommittedSince != 7 || d.Reason != "sent" || d.State != run.DeliveryUncommitted {
			t.Errorf("delivery %+v", d)
		}
	}
	if want := "[1 away +0s 600 away +9m59s 603 pacs +59m58s 601 pacs +1h0m0s]"; fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
}

// A look at them reads no delivery in another state.
func TestUncommittedReadsAnIndex(t *testing.T) {
	db := open(t)
	rows, err := db.query(t.Context(), "EXPLAIN QUERY PLAN SELECT d.id FROM delivery d "+uncommitted)
	check(t, err)
	steps, err := scanAll(rows, func(step *string) []any { return []any{new(int), new(int), new(int), step} })
	check(t, err)
	if text := strings.Join(steps, "\n"); strings.Count(text, "delivery_waiting") != 1 || strings.Contains(text, "SCAN d\n") || !strings.Contains(text, "SEARCH d USING INTEGER PRIMARY KEY") {
		t.Errorf("indexes are not used as meant:\n%s", text)
	}
}

// Who decides about a report knows the destination of its delivery.
func TestReportsKnowTheirDestination(t *testing.T) {
	db := open(t)
	to := run.Destination{Name: "pacs", Host: "pacs.example", Port: 104, AETitle: "PACS"}
	check(t, db.Settle(t.Context(), Settlement{Run: pendingRun(t, db), Deliveries: []run.Delivery{{Destination: to}}}))
	check(t, db.BeginTry(t.Context(), 1))
	check(t, db.EndTry(t.Context(), run.TryEnd{Delivery: 1, State: run.DeliveryUncommitted}, nil))
	check(t, db.TryCommit(t.Context(), run.CommitTry{Delivery: 1, Tries: 1, Transactions: []dcm.UID{"2.1"}}))
	_, err := db.ReportCommitment(t.Context(), "2.1", func(asked run.AskedCommit) run.Reported {
		if d := asked.Delivery; d.Destination != to || d.Tries != 1 {
			t.Errorf("%+v", d)
		}
		return run.Reported{End: run.TryEnd{Delivery: 1, State: run.DeliveryUncommitted}}
	}, nil)
	check(t, err)
}
