package state

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// A look at the open deliveries reads two of each destination, however many
// there are, and those that are being sent.
func TestNextTriesOfManyDeliveries(t *testing.T) {
	db := open(t)
	now := time.Now()
	id := pendingRun(t, db)
	all := Settlement{Run: id, At: now}
	for i := range 500 {
		to := run.Destination{Host: fmt.Sprintf("pacs%d", i%3), Port: 104, AETitle: "PACS"}
		all.Deliveries = append(all.Deliveries, run.Delivery{Destination: to, NextTry: now.Add(time.Duration(i) * time.Minute), Since: 7})
	}
	check(t, db.Settle(t.Context(), all))
	check(t, db.BeginTry(t.Context(), 8))
	tries, err := db.NextTries(t.Context())
	check(t, err)
	var got []string
	for _, d := range tries {
		got = append(got, fmt.Sprintf("%d %s %s +%v", d.ID, d.Destination.Host, d.State, d.NextTry.Sub(now).Round(time.Minute)))
		if d.Run != id || d.Since != 7 {
			t.Errorf("delivery %+v", d)
		}
	}
	want := "1 pacs0 pending +0s, 2 pacs1 pending +1m0s, 3 pacs2 pending +2m0s, 8 pacs1 sending +7m0s, " +
		"498 pacs2 pending +8h17m0s, 499 pacs0 pending +8h18m0s, 500 pacs1 pending +8h19m0s"
	if strings.Join(got, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
	}
}

func TestNextTriesOfNone(t *testing.T) {
	if tries, err := open(t).NextTries(t.Context()); err != nil || len(tries) != 0 {
		t.Errorf("%v, %v", tries, err)
	}
}

// What NextTries costs must not grow with the number of deliveries: no step of
// it reads the table from its beginning to its end, or sorts it.
func TestNextTriesReadsAnIndex(t *testing.T) {
	db := open(t)
	rows, err := db.query(t.Context(), "EXPLAIN QUERY PLAN "+nextTries)
	check(t, err)
	steps, err := scanAll(rows, func(step *string) []any { return []any{new(int), new(int), new(int), step} })
	check(t, err)
	for _, step := range steps {
		if strings.Contains(step, "SCAN delivery") && !strings.Contains(step, "INDEX") || strings.HasPrefix(step, "SCAN d ") && !strings.Contains(step, "INDEX") {
			t.Errorf("%s in\n%s", step, strings.Join(steps, "\n"))
		}
	}
	if text := strings.Join(steps, "\n"); strings.Count(text, "delivery_next") != 3 || !strings.Contains(text, "(host,port,ae_title,next_try)>") || strings.Count(text, "delivery_sending") != 1 {
		t.Errorf("indexes are not used as meant:\n%s", text)
	}
}

// The time of running goes on where it was saved, also when the clock on the
// wall was set back meanwhile.
func TestRunningGoesOnAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db, err := Open(t.Context(), path)
	check(t, err)
	db.clock.before = 90 * time.Minute
	check(t, db.Settle(t.Context(), Settlement{Run: pendingRun(t, db), At: time.Now()}))
	saved := db.Running()
	check(t, db.Close())
	db, err = Open(t.Context(), path)
	check(t, err)
	defer db.Close()
	if got := db.Running(); got < 90*time.Minute || got > saved+time.Minute {
		t.Errorf("running for %v, want %v or a little more", got, saved)
	}
}

// pendingRun records a run of one task.
func pendingRun(t *testing.T, db *DB) run.ID {
	t.Helper()
	arrival := arrive(t, db, run.ArrivalComplete, "1.9", "1.1")
	r := run.Run{ID: run.NewID(), Definition: []byte("{}"), Created: time.Now()}
	check(t, db.SetMatched(t.Context(), run.Matching{Arrival: arrival, State: run.ArrivalMatched, Runs: []run.Run{r}, Tasks: [][]string{{"model"}}}))
	return r.ID
}

// A destination that took no association is left alone by all its deliveries, and
// others are not.
func TestPostponedDeliveries(t *testing.T) {
	db := open(t)
	now := time.Now()
	all := Settlement{Run: pendingRun(t, db), At: now}
	for i, host := range []string{"pacs", "archive", "pacs", "pacs"} {
		next := now.Add(time.Duration(i) * time.Hour)
		all.Deliveries = append(all.Deliveries, run.Delivery{Destination: run.Destination{Host: host, Port: 104, AETitle: "AE"}, NextTry: next})
	}
	check(t, db.Settle(t.Context(), all))
	check(t, db.BeginTry(t.Context(), 1))
	later := now.Add(150 * time.Minute)
	check(t, db.EndTry(t.Context(), run.TryEnd{Delivery: 1, State: run.DeliveryPending, Next: later, Missed: 3, At: now}, nil))
	found, err := db.Deliveries(t.Context(), all.Run)
	check(t, err)
	var got []string
	for _, d := range found {
		got = append(got, d.NextTry.Sub(now).String())
	}
	if want := "2h30m0s 1h0m0s 2h30m0s 3h0m0s"; strings.Join(got, " ") != want {
		t.Errorf("next tries %v, want %s", got, want)
	}
}

// However many deliveries wait for a destination that is down, a miss writes the one
// that was tried. The next agent knows of it, and who has something sent again does
// not wait for it.
func TestADestinationThatIsDown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db, err := Open(t.Context(), path)
	check(t, err)
	now, to := time.Unix(1e9, 0), run.Destination{Host: "pacs", Port: 104, AETitle: "PACS"}
	all := Settlement{Run: pendingRun(t, db), At: now}
	for range 10_000 {
		all.Deliveries = append(all.Deliveries, run.Delivery{Destination: to, NextTry: now})
	}
	check(t, db.Settle(t.Context(), all))
	check(t, db.BeginTry(t.Context(), 1))
	before := written(t, db)
	until := now.Add(10 * time.Minute)
	check(t, db.EndTry(t.Context(), run.TryEnd{Delivery: 1, State: run.DeliveryPending, Next: until, Missed: 7, At: now}, nil))
	if rows := written(t, db) - before; rows > 5 {
		t.Errorf("a miss writes %d rows", rows)
	}
	check(t, db.Close())
	db, err = Open(t.Context(), path)
	check(t, err)
	defer db.Close()
	first := func() (d run.Delivery) {
		tries, err := db.NextTries(t.Context())
		check(t, err)
		return tries[0]
	}
	if d := first(); d.ID != 2 || !d.NextTry.Equal(until) || d.Missed != 7 {
		t.Errorf("after a restart the next is %+v, want delivery 2 at %v after 7 misses", d, until)
	}
	added := run.Delivery{Destination: to, NextTry: now}
	check(t, db.Settle(t.Context(), Settlement{Run: all.Run, At: now, Deliveries: []run.Delivery{added}}))
	if d := first(); !d.NextTry.Equal(until) {
		t.Errorf("another run's results: the next is %+v, want it at %v", d, until)
	}
	check(t, db.update(t.Context(), func(tx *transaction) error { return resend(tx, all.Run, 1, run.Resending{Delivery: added}) }))
	if d := first(); !d.NextTry.Equal(now) || d.Missed != 7 {
		t.Errorf("something is sent again: the next is %+v, want it now, after 7 misses", d)
	}
	check(t, db.BeginTry(t.Context(), 2))
	check(t, db.EndTry(t.Context(), run.TryEnd{Delivery: 2, State: run.DeliveryPending, Next: now, Reached: true, At: now}, nil))
	if d := first(); d.Missed != 0 {
		t.Errorf("the destination was reached, and has missed %d", d.Missed)
	}
}

// written is how many rows were written in all.
func written(t *testing.T, db *DB) (n int64) {
	t.Helper()
	check(t, db.update(t.Context(), func(tx *transaction) error {
		return tx.QueryRow("SELECT total_changes()").Scan(&n)
	}))
	return n

}
