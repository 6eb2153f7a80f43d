package operate

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// Two cancels at once and the end of the run, many times, in whatever order they
// come: the run is canceled, and once in the journal, or it is done, and not.
func TestTwoCancelsAndTheEndAtOnce(t *testing.T) {
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	o, _ := operator(t, nil)
	o.Store, o.Schedule, o.Stop = db, func() {}, func(...int64) {}
	outcomes := make(map[run.State]int)
	for range 50 {
		attempt := running(t, db)
		var at sync.WaitGroup
		var errs [3]error
		for i := range 2 {
			at.Go(func() { errs[i] = o.Cancel(t.Context(), attempt.Run, anna) })
		}
		at.Go(func() {
			errs[2] = db.Settle(t.Context(), state.Settlement{
				Run: attempt.Run, At: time.Now(), Attempts: []run.Attempt{attempt}, Tasks: []run.Task{{State: run.TaskSucceeded}}, State: run.Done,
			})
		})
		at.Wait()
		r, err := db.Run(t.Context(), string(attempt.Run))
		check(t, err)
		entries, err := db.JournalOf(t.Context(), "run", string(attempt.Run))
		check(t, err)
		outcomes[r.State]++
		var moved *run.StateError
		switch r.State {
		case run.Canceling:
			if errs[0] != nil || errs[1] != nil || !errors.As(errs[2], &moved) || len(entries) != 1 {
				t.Fatalf("canceled with %d entries: %v", len(entries), errs)
			}
		case run.Done:
			if !errors.As(errs[0], &moved) || !errors.As(errs[1], &moved) || errs[2] != nil || len(entries) != 0 {
				t.Fatalf("done with %d entries: %v", len(entries), errs)
			}
		default:
			t.Fatalf("the run is %s: %v", r.State, errs)
		}
	}
	t.Log(outcomes)
}

// running records a run whose only task runs, and returns its attempt.
func running(t *testing.T, db *state.DB) run.Attempt {
	t.Helper()
	ctx, arrival := t.Context(), run.NewArrivalID()
	check(t, db.OpenArrival(ctx, run.Arrival{ID: arrival, Opened: time.Now()}))
	check(t, db.CloseArrival(ctx, arrival, time.Now(), nil, nil, func(run.Content, func() (run.Tries, error)) (run.Closing, error) {
		return run.Closing{State: run.ArrivalComplete}, nil
	}))
	r := run.Run{ID: run.NewID(), Definition: []byte("{}"), Created: time.Now()}
	check(t, db.SetMatched(ctx, run.Matching{Arrival: arrival, State: run.ArrivalMatched, Runs: []run.Run{r}, Tasks: [][]string{{"a"}}}))
	a := run.Attempt{ID: run.AttemptOf(r.ID, 0, 1), Run: r.ID, Number: 1, Executor: "docker", Intended: time.Now()}
	check(t, db.Intend(ctx, a))
	return a
}
