package state

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/raddeploy/raddeploy/core/run"
)

// What changes has its events, in the order of the commits.
func TestEvents(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	arrival, id := run.ArrivalID("a"), run.ID("r")
	check(t, db.OpenArrival(ctx, run.Arrival{ID: arrival, Opened: time.Now()}))
	check(t, db.OpenArrival(ctx, run.Arrival{ID: "part", Opened: time.Now(), Rule: "none"})) // is in no list
	close := func(run.Content, func() (run.Tries, error)) (run.Closing, error) {
		return run.Closing{State: run.ArrivalComplete}, nil
	}
	check(t, db.CloseArrival(ctx, arrival, time.Now(), nil, nil, close))
	check(t, db.SetMatched(ctx, run.Matching{
		Arrival: arrival, State: run.ArrivalMatched, Runs: []run.Run{{ID: id, Created: time.Now(), Definition: []byte("{}"), Objects: []int64{}}}, Tasks: [][]string{{"seg"}},
	}))
	attempt := run.Attempt{ID: run.AttemptOf(id, 0, 1), Run: id, Number: 1, Intended: time.Now()}
	check(t, db.Intend(ctx, attempt))
	check(t, db.Settle(ctx, Settlement{
		Run: id, At: time.Now(), Attempts: []run.Attempt{attempt}, Tasks: []run.Task{{State: run.TaskSucceeded}},
		State: run.Sending, Deliveries: []run.Delivery{{}},
	}))
	check(t, db.Record(ctx, run.Entry{At: time.Now(), Action: run.Reload, Thing: "site"}))
	check(t, db.AddEvents(ctx, []run.Event{{At: time.Now(), Kind: run.OfExecutor, ID: "docker", State: "healthy"}}))

	want := []run.Event{
		{Seq: 1, Kind: run.OfArrival, ID: "a", State: "receiving"},
		{Seq: 2, Kind: run.OfArrival, ID: "a", State: "complete"},
		{Seq: 3, Kind: run.OfArrival, ID: "a", State: "matched"},
		{Seq: 4, Kind: run.OfRun, ID: "r", State: "pending"},
		{Seq: 5, Kind: run.OfRun, ID: "r", State: "running"},
		{Seq: 6, Kind: run.OfTask, ID: "0", State: "running", Run: "r"},
		{Seq: 7, Kind: run.OfTask, ID: "0", State: "succeeded", Run: "r"},
		{Seq: 8, Kind: run.OfDelivery, ID: "1", State: "pending", Run: "r"},
		{Seq: 9, Kind: run.OfRun, ID: "r", State: "sending"},
		{Seq: 10, Kind: run.OfJournal, ID: "1", State: "recorded"},
		{Seq: 11, Kind: run.OfExecutor, ID: "docker", State: "healthy"},
	}
	got, err := db.EventsAfter(ctx, 0, 100)
	check(t, err)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(run.Event{}, "At")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, e := range got {
		if since := time.Since(e.At); since < -time.Minute || since > time.Minute {
			t.Errorf("event %d is of %s", e.Seq, e.At)
		}
	}
	dropped(t, db, 4, 4) // no more at once
	dropped(t, db, 100, 6)
	dropped(t, db, 100, 0) // the newest one stays: numbers grow
	check(t, db.AddEvents(ctx, []run.Event{{At: time.Now(), Kind: run.OfFlow, ID: "f", State: "enabled"}}))
	if oldest, newest, err := db.Events(ctx); err != nil || oldest != 11 || newest != 12 {
		t.Errorf("events %d to %d, %v, want 11 to 12", oldest, newest, err)
	}
}

func dropped(t *testing.T, db *DB, most int, want int64) {
	t.Helper()
	if n, err := db.DropEvents(context.WithoutCancel(t.Context()), time.Now().Add(time.Hour), most); err != nil || n != want {
		t.Errorf("%d events removed, %v, want %d", n, err, want)
	}
}
