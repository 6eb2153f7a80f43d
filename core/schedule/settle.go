package schedule

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/redact"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
	"github.com/raddeploy/raddeploy/core/state"
)

// faults is the backoff of a task that infrastructure failed. What failed is
// often back soon: an engine that restarts, a network that is made anew.
var faults = wake.Backoff{First: 2 * time.Second, Longest: 10 * time.Minute}

// again is what decides about another try at a task that an executor failed.
func (s *Scheduler) again(task run.Task, executor string) plan.Again {
	pause := faults.After(task.Faults + 1)
	return plan.Again{At: time.Now().Add(pause), Pause: pause, Running: s.Clock.Running(), GiveUpAfter: s.Fleet.GiveUpAfter(executor)}
}

// brokenStore is how many attempts in a row cannot be recorded until no other is
// begun for a moment: then it is not one of them that is wrong, and without a
// pause all that are queued would be tried.
const brokenStore = 3

// settle takes in how attempts ended: what becomes of their tasks, their runs
// and what depends on them.
func (s *Scheduler) settle(ctx context.Context, ends []ending) {
	var again []run.ID // runs of which the database knows more than we do
	var changed []*openRun
	for _, e := range ends {
		delete(s.live, e.attempt.ID)
		open := s.runs[e.attempt.Run]
		var moved *run.StateError
		switch {
		case open == nil, errors.As(e.err, &moved): // its run has ended meanwhile, or the attempt was recorded otherwise
			s.release(e)
			again = append(again, e.attempt.Run)
		case e.err != nil: // nothing was begun: the task is as it was
			s.release(e)
			s.Logger.Error("cannot record an attempt; retrying", "attempt", e.attempt.ID, "error", e.err)
			task := &open.tasks[e.attempt.Task]
			task.State, task.Tries = run.TaskPending, task.Tries-1
			s.rest(open, e.attempt.Task, retryInterval)
			if s.unbegun++; s.unbegun >= brokenStore {
				s.beginAt = time.Now().Add(retryInterval)
			}
		default:
			s.unbegun = 0
			s.Fleet.Tried(e.attempt, e.Ending)
			s.Watch.Ended(open.model(e.attempt.Task), e.attempt, e.Ending)
			if e.Reason == "" && !open.needed(e.attempt.Task) {
				s.release(e) // else what it held is for the tasks that follow from its end, if they are first
			}
			s.happened(open, endOf(e.attempt, e.Ending))
			changed = append(changed, open)
		}
	}
	for _, open := range changed {
		s.book(ctx, open)
	}
	slices.Sort(again)
	for _, id := range slices.Compact(again) {
		s.reload(ctx, id)
	}
}

// release releases what an attempt held. Doing it twice is the same as once.
func (s *Scheduler) release(e ending) {
	if e.err != nil {
		s.Fleet.Release(e.attempt.ID)
	} else {
		s.Fleet.Ended(e.attempt.ID, e.Exit)
	}
}

func (s *Scheduler) rest(open *openRun, task int, d time.Duration) {
	s.resting = append(s.resting, rest{time.Now().Add(d), open, task})
}

func (s *Scheduler) happened(open *openRun, e event) { open.events = append(open.events, e) }

// commit is that a settlement is recorded, or cannot be.
type commit struct {
	account *account
	err     error // that of ctx, or a [run.StateError]
}

// book records what has happened in a run, all that there is as a whole. Only
// one settlement of a run is on its way at a time, since the next one begins
// where it ends; those of several runs are beside each other, because every
// commit waits for the disk.
func (s *Scheduler) book(ctx context.Context, open *openRun) {
	if open.committing || len(open.events) == 0 {
		return
	}
	a := newAccount(open)
	for _, e := range open.events {
		a.add(e, s.again)
	}
	open.events = nil
	if len(a.settlement.Attempts) == 0 && len(a.settlement.Tasks) == 0 {
		return // of tasks that are decided already
	}
	s.finish(a)
	open.committing = true
	s.working.Go(func() {
		err := s.commit(ctx, a.settlement)
		select {
		case s.committed <- commit{a, err}:
		case <-ctx.Done():
		}
	})
}

// commit records a settlement, however long that takes. The error is that of
// ctx, or a [run.StateError].
func (s *Scheduler) commit(ctx context.Context, settlement state.Settlement) error {
	for {
		err := s.Ledger.Settle(ctx, settlement)
		var moved *run.StateError
		if err == nil || errors.As(err, &moved) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.Logger.Error("cannot record an outcome; retrying", "run", settlement.Run, "error", err)
		_ = wake.Sleep(ctx, retryInterval)
	}
}

// settleClosed records what is to be recorded of a run that is not open, beside
// all else, and then does what follows.
func (s *Scheduler) settleClosed(ctx context.Context, settlement state.Settlement, then func()) {
	settlement.At = time.Now()
	s.working.Go(func() {
		err := s.commit(ctx, settlement)
		var moved *run.StateError
		if err == nil || errors.As(err, &moved) { // it was recorded before
			then()
		}
	})
}

// conclude acts on settlements that are recorded. Of one that could not be,
// because ctx ended or the database knows otherwise, nothing follows.
func (s *Scheduler) conclude(ctx context.Context, commits []commit) {
	for _, c := range commits {
		open := c.account.open
		open.committing = false
		for _, a := range c.account.settlement.Attempts {
			s.Fleet.Ended(a.ID, exitOf(a))
		}
		var moved *run.StateError
		switch {
		case errors.As(c.err, &moved): // it is settled already, or the database knows better
			s.Logger.Error("an outcome does not fit what is recorded; reading the run again", "run", open.run.ID, "error", c.err)
			s.reload(ctx, open.run.ID)
		case c.err != nil:
		default:
			s.follow(ctx, c.account)
			if open.stale {
				s.reload(ctx, open.run.ID)
			} else {
				s.book(ctx, open)
			}
		}
	}
}

// follow does what follows from an account that is recorded.
func (s *Scheduler) follow(ctx context.Context, a *account) {
	open := a.open
	for _, task := range a.settlement.Tasks {
		open.tasks[task.Index] = task
		if task.State.Final() {
			s.queue.Remove(open.run.ID, task.Index) // skipped or refused while it waited
		}
	}
	rests := make(map[int]bool)
	for i, o := range a.outcomes {
		if task := open.tasks[o.Task]; o.Blame == plan.Infrastructure && task.State == run.TaskPending {
			s.rest(open, o.Task, time.Until(task.NextTry))
			rests[o.Task] = true
		}
		s.reportTask(a, o, a.errs[i])
	}
	s.reportRun(open, a.settlement)
	if a.change.Ended {
		s.close(open)
	} else {
		ready := open.plan.ReadyAfter(open.tasks, a.settlement.Tasks)
		s.enqueue(open, slices.DeleteFunc(ready, func(i int) bool { return rests[i] }))
	}
	if len(a.settlement.Deliveries) > 0 {
		s.Deliver()
	}
	for _, attempt := range a.settlement.Attempts {
		s.forget(ctx, attempt)
	}
}

// reportTask logs an outcome. It is the one line that says why a task failed.
func (s *Scheduler) reportTask(a *account, o plan.Outcome, err error) {
	open := a.open
	task := open.tasks[o.Task]
	of := []any{"run", open.run.ID, "flow", open.run.Flow, "model", task.Name}
	if task.State == run.TaskCanceled {
		s.Logger.Info("task canceled", of...)
		return
	}
	if o.Blame == plan.Nobody {
		level := hclog.Info
		if a.change.Ended && !a.change.Failed {
			level = hclog.Debug // the line that the run is finished says it too
		}
		s.Logger.Log(level, "task succeeded", of...)
		return
	}
	reason := []any{"reason", o.Reason}
	if err != nil {
		reason = redact.Fields("reason", err)
	}
	level := hclog.Warn
	if task.State == run.TaskFailed {
		level = hclog.Error
	} else {
		s.Watch.Again(open.model(o.Task), o.Blame == plan.Infrastructure)
	}
	s.Logger.Log(level, "task did not succeed", append(append(of, "state", task.State), reason...)...)
}

func (s *Scheduler) reportRun(open *openRun, settlement state.Settlement) {
	if settlement.State != "" {
		s.Watch.Finished(open.run.Flow, settlement.State)
	}
	switch settlement.State {
	case run.Canceled:
		s.Logger.Info("run canceled", "run", open.run.ID, "flow", open.run.Flow)
	case run.Failed: // its tasks have said why
		s.Logger.Error("run failed", "run", open.run.ID, "flow", open.run.Flow, "owner", open.flow.Owner)
	case run.Done, run.Sending:
		s.Logger.Info("run finished", "run", open.run.ID, "flow", open.run.Flow, "state", settlement.State, "deliveries", len(settlement.Deliveries))
	}
}
