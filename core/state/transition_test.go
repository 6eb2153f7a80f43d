package state

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/run"
)

func TestStateErrorSaysWhatIsWhere(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	arrival := arrive(t, db, run.ArrivalComplete, "1.9", "1.1")
	r := run.Run{ID: run.NewID(), Definition: []byte("{}"), Created: time.Now()}
	check(t, db.SetMatched(ctx, run.Matching{Arrival: arrival, State: run.ArrivalMatched, Runs: []run.Run{r}, Tasks: [][]string{{"model"}}}))
	a := run.Attempt{ID: run.AttemptOf(r.ID, 0, 1), Run: r.ID, Number: 1, Intended: time.Now()}
	check(t, db.Intend(ctx, a))
	check(t, db.SetStarted(ctx, a.ID, nil, time.Now()))
	again := a
	again.ID = run.AttemptOf(r.ID, 0, 2)

	tests := []struct {
		name string
		err  error
		want run.StateError
	}{
		{"arrival", db.SetMatched(ctx, run.Matching{Arrival: arrival, State: run.ArrivalUnmatched}), run.StateError{Thing: "arrival", ID: string(arrival), From: "matched", To: "unmatched"}},
		{"run", db.Settle(ctx, Settlement{Run: r.ID, State: run.Pending}), run.StateError{Thing: "run", ID: string(r.ID), From: "running", To: "pending"}},
		{"task", db.Intend(ctx, again), run.StateError{Thing: "task", ID: string(r.ID) + "/0", From: "running", To: "running"}},
		{"attempt", db.SetStarted(ctx, a.ID, nil, time.Now()), run.StateError{Thing: "attempt", ID: string(a.ID), From: "started", To: "started"}},
	}
	for _, test := range tests {
		var got *run.StateError
		if !errors.As(test.err, &got) {
			t.Errorf("%s: got %v, want a run.StateError", test.name, test.err)
			continue
		}
		if diff := cmp.Diff(&test.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", test.name, diff)
		}
	}
}

func TestTransitionOfNothing(t *testing.T) {
	db := open(t)
	tests := map[string]error{
		"attempt nowhere": db.SetRemoved(t.Context(), "nowhere"),
		"delivery 7":      db.BeginTry(t.Context(), 7),
	}
	for name, err := range tests {
		if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want ErrNotFound with %q", err, name)
		}
	}
}
