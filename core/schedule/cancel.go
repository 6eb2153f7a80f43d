package schedule

import (
	"context"
	"slices"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
	"github.com/raddeploy/raddeploy/core/state"
)

// underway is an attempt that the engine has.
type underway struct {
	run      run.ID
	cancel   chan struct{} // closed when it is to be stopped
	canceled bool
}

// underway remembers that the engine has an attempt, and returns what is closed
// when it is to be stopped.
func (s *Scheduler) underway(attempt run.Attempt) <-chan struct{} {
	u := &underway{run: attempt.Run, cancel: make(chan struct{})}
	s.live[attempt.ID] = u
	return u.cancel
}

// stopAttempts has the engine stop all attempts of a run. Doing it twice is the
// same as once.
func (s *Scheduler) stopAttempts(id run.ID) {
	for _, u := range s.live {
		if u.run == id && !u.canceled {
			u.canceled = true
			close(u.cancel)
		}
	}
}

// loadActed reads those runs again that an operator did something to since it
// was looked last: one that is to be canceled, or to be tried again. To stop an
// attempt is not kept waiting by anything that is on its way to the database.
func (s *Scheduler) loadActed(ctx context.Context) error {
	acted, err := s.Actions.ActedAfter(ctx, s.acted)
	if err != nil {
		return err
	}
	for i, a := range acted {
		s.acted = a.Seq
		if a.State == run.Canceling {
			s.stopAttempts(a.Run)
		}
		later := acted[i+1:]
		if !slices.ContainsFunc(later, func(b state.Acted) bool { return b.Run == a.Run }) {
			s.reload(ctx, a.Run)
		}
	}
	return nil
}

// cancel goes on with a run that an operator canceled: its attempts are stopped,
// and with the end of the last one it is canceled.
func (s *Scheduler) cancel(ctx context.Context, open *openRun) {
	s.stopAttempts(open.run.ID)
	change := plan.CancelWaiting(open.tasks, open.run.Reason)
	if !change.Ended {
		return
	}
	s.close(open)
	s.settleCanceled(ctx, open.run, change.Tasks)
}

// settleCanceled records that a run is canceled of which nothing runs any more.
func (s *Scheduler) settleCanceled(ctx context.Context, r run.Run, tasks []run.Task) {
	canceled := state.Settlement{Run: r.ID, Tasks: tasks, State: run.Canceled, Reason: r.Reason}
	s.settleClosed(ctx, canceled, func() { s.Logger.Info("run canceled", "run", r.ID, "flow", r.Flow) })
}
