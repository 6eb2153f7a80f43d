package schedule

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
	"github.com/raddeploy/raddeploy/core/state"
	"github.com/raddeploy/raddeploy/sdk"
)

// page is how many runs are read at once.
const page = 500

// load reads the open runs that the scheduler does not know yet.
func (s *Scheduler) load(ctx context.Context) error {
	for {
		runs, err := s.Runs.OpenRuns(ctx, s.last, page)
		if err != nil {
			return err
		}
		for _, r := range runs {
			if err := s.open(ctx, r); err != nil {
				return err
			}
			s.last = r.Seq
		}
		if len(runs) < page {
			return nil
		}
	}
}

// open remembers a run and queues the tasks of it that can be started. A run
// whose flow cannot be read fails, and stops no other.
func (s *Scheduler) open(ctx context.Context, r state.OpenRun) error {
	p, err := s.program(ctx, &r)
	var undecodable *undecodableError
	if errors.As(err, &undecodable) && r.State == run.Canceling {
		s.settleCanceled(ctx, r.Run, plan.CancelAll(r.Tasks, r.Reason).Tasks)
		return nil
	}
	if errors.As(err, &undecodable) {
		s.Logger.Error("run failed", "run", r.ID, "flow", r.Flow, "reason", err)
		s.settleClosed(ctx, state.Settlement{Run: r.ID, State: run.Failed, Reason: err.Error()}, func() {})
		return nil
	}
	if err != nil {
		return err
	}
	p.users++
	open := &openRun{run: r.Run, tasks: r.Tasks, program: p}
	s.runs[r.ID] = open
	if r.State == run.Canceling {
		s.cancel(ctx, open)
		return nil
	}
	s.fresh = append(s.fresh, open)
	ready := open.plan.Ready(open.tasks)
	s.enqueue(open, slices.DeleteFunc(ready, func(i int) bool { return s.restsStill(open, i) }))
	return nil
}

// restsStill leaves a task alone whose next try an earlier agent recorded, for
// what is left of its pause.
func (s *Scheduler) restsStill(open *openRun, task int) bool {
	t := open.tasks[task]
	left := plan.Rest(t, time.Now(), faults.Most(t.Faults))
	if left > 0 {
		s.rest(open, task, left)
	}
	return left > 0
}

// program returns the flow of a run, which is read once for all open runs of
// it.
func (s *Scheduler) program(ctx context.Context, r *state.OpenRun) (*program, error) {
	if p := s.programs[r.Digest]; p != nil {
		return p, p.fits(r.Tasks)
	}
	definition, err := s.Runs.Definition(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	p, err := newProgram(definition)
	if err != nil {
		return nil, err
	}
	if err := p.fits(r.Tasks); err != nil {
		return nil, err
	}
	s.programs[r.Digest] = p
	return p, nil
}

// close forgets a run that is not open any more, or is to be read again.
func (s *Scheduler) close(open *openRun) {
	s.dequeue(open)
	s.programs.leave(open.run.Digest)
	delete(s.runs, open.run.ID)
}

// resume loads all open runs, goes on with the attempts that an earlier agent
// left open, and has those removed that it had collected.
func (s *Scheduler) resume(ctx context.Context) (err error) {
	if s.acted, err = s.Actions.LastEntry(ctx); err != nil {
		return err
	}
	if err := s.load(ctx); err != nil {
		return err
	}
	attempts, err := s.Attempts.AttemptsIn(ctx, run.AttemptIntended, run.AttemptStarted, run.AttemptEnded)
	if err != nil {
		return err
	}
	for _, attempt := range attempts {
		s.reconcile(ctx, attempt)
	}
	return nil
}

// reconcile goes on with an attempt that is recorded and that the engine does
// not have.
func (s *Scheduler) reconcile(ctx context.Context, attempt run.Attempt) {
	open := s.runs[attempt.Run]
	_, removing := s.removing.Load(attempt.ID)
	switch {
	case removing: // and holds its lease until then
	case attempt.State == run.AttemptEnded:
		s.Fleet.LeaseUntilRemoved(attempt, exitOf(attempt))
		s.forget(ctx, attempt)
	case open == nil:
		s.Logger.Warn("attempt of a run that is not open: removing it", "attempt", attempt.ID)
		attempt.Reason = "its run is not open any more"
		s.Fleet.LeaseUntilRemoved(attempt, exitOf(attempt))
		ended := state.Settlement{Run: attempt.Run, Attempts: []run.Attempt{attempt}}
		s.settleClosed(ctx, ended, func() { s.forget(ctx, attempt) })
	case !s.Fleet.Configured(attempt.Executor):
		s.Fleet.LeaseUntilRemoved(attempt, sdk.Exit{})
		reason := "executor " + attempt.Executor + " is not one of this site's any more"
		vanished := run.Ending{Exit: sdk.Exit{Reason: sdk.Vanished, Message: reason}, Reason: reason}
		s.happened(open, endOf(attempt, vanished))
		s.book(ctx, open)
	default:
		s.Logger.Info("resuming an attempt", "run", attempt.Run, "attempt", attempt.ID, "state", attempt.State)
		s.Fleet.Lease(attempt)
		s.resumeAttempt(ctx, open, attempt)
	}
}

// reload forgets what is remembered of a run that the database knows otherwise,
// and reads it again with its attempts. While a settlement of it is on its way,
// its rows are about to change: it is read after that.
func (s *Scheduler) reload(ctx context.Context, id run.ID) {
	if open := s.runs[id]; open != nil {
		if open.committing {
			open.stale = true
			return
		}
		s.close(open)
	}
	delete(s.unread, id)
	if err := s.readAgain(ctx, id); err != nil && ctx.Err() == nil {
		s.Logger.Error("cannot read a run again; retrying", "run", id, "error", err)
		s.unread[id] = true
		s.retryAt = time.Now().Add(retryInterval)
	}
}

func (s *Scheduler) readAgain(ctx context.Context, id run.ID) error {
	r, ok, err := s.Runs.OpenRun(ctx, id)
	if err != nil {
		return err
	}
	attempts, err := s.Attempts.Attempts(ctx, id)
	if err != nil {
		return err
	}
	if ok && r.Seq > s.last {
		return nil // load will find it
	}
	if ok {
		s.begun(r.Tasks)
		if err := s.open(ctx, r); err != nil {
			return err
		}
	}
	for _, attempt := range attempts {
		if attempt.State != run.AttemptRemoved && s.live[attempt.ID] == nil {
			s.reconcile(ctx, attempt)
		}
	}
	return nil
}

// begun marks those tasks as running of which an attempt is about to be recorded.
func (s *Scheduler) begun(tasks []run.Task) {
	for i := range tasks {
		task := &tasks[i]
		if task.State == run.TaskPending && s.live[run.AttemptOf(task.Run, task.Index, task.Tries+1)] != nil {
			task.State, task.Tries = run.TaskRunning, task.Tries+1
		}
	}
}

// exitOf is the executor's report that is stored with an attempt; zero if there
// is none.
func exitOf(attempt run.Attempt) (exit sdk.Exit) {
	if attempt.Exit != nil {
		_ = json.Unmarshal(attempt.Exit, &exit) // what cannot be read says nothing
	}
	return exit
}

// endOf is what an attempt's end decides.
func endOf(attempt run.Attempt, e run.Ending) event {
	exit, _ := json.Marshal(e.Exit) // of numbers, texts and times
	attempt.Started, attempt.RanOn, attempt.Warnings = e.Started, e.RanOn, e.Warnings
	return event{attempt: &attempt, exit: exit, outcome: plan.Outcome{Task: attempt.Task, Blame: plan.BlameOf(e), Reason: e.Reason}, err: e.Err}
}
