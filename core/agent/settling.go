package agent

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule"
	"github.com/raddeploy/raddeploy/core/state"
)

// settle takes in how attempts ended: what becomes of their tasks, their runs
// and what depends on them. Those of one run are committed together, and the
// runs beside each other, because every commit waits for the disk.
func (s *scheduler) settle(ctx context.Context, ends ...ending) {
	accounts := make(map[run.ID]*account)
	var again []run.ID // runs of which the database knows more than we do
	var unnoted bool
	for _, e := range ends {
		if s.live[e.attempt.ID] {
			delete(s.live, e.attempt.ID)
			s.letGo(e)
		}
		s.progress.drop(e.attempt.ID)
		open := s.runs[e.attempt.Run]
		var moved *run.StateError
		switch {
		case open == nil, errors.As(e.err, &moved):
			// its run has ended meanwhile, or the attempt was noted otherwise
			again = append(again, e.attempt.Run)
		case e.err != nil: // nothing was begun: the task is as it was
			s.logger.Error("attempt not noted; trying again", "attempt", e.attempt.ID, "error", e.err)
			task := &open.tasks[e.attempt.Task]
			task.State, task.Tries = run.TaskPending, task.Tries-1
			unnoted = true
		default:
			if accounts[e.attempt.Run] == nil {
				accounts[e.attempt.Run] = newAccount(open)
			}
			accounts[e.attempt.Run].ended(e)
		}
	}
	s.book(ctx, slices.Collect(maps.Values(accounts)))
	for _, id := range again {
		s.reload(ctx, id)
	}
	if unnoted {
		s.pause(ctx, time.Second)
	}
}

// refuseTask takes in that a task can never be run.
func (s *scheduler) refuseTask(ctx context.Context, open *openRun, task int, reason string) {
	a := newAccount(open)
	a.add(schedule.Outcome{Task: task, Blame: schedule.Final, Reason: reason})
	s.book(ctx, []*account{a})
}

// book commits accounts and acts on them. Of what could not be committed,
// because ctx ended or the database knows otherwise, nothing follows.
func (s *scheduler) book(ctx context.Context, accounts []*account) {
	errs := make([]error, len(accounts))
	var commits sync.WaitGroup
	for i, a := range accounts {
		s.finish(a)
		commits.Go(func() { errs[i] = s.commit(ctx, a.settlement) })
	}
	commits.Wait()
	for i, a := range accounts {
		var moved *run.StateError
		switch {
		case errors.As(errs[i], &moved): // it is settled already, or the database knows better
			s.logger.Error("outcome does not fit what is noted; reading the run again", "run", a.open.run.ID, "error", errs[i])
			s.reload(ctx, a.open.run.ID)
		case errs[i] == nil:
			s.follow(ctx, a)
		}
	}
}

// finish says what becomes of the run.
func (s *scheduler) finish(a *account) {
	a.settlement.At = time.Now()
	switch {
	case a.change.Ended && a.change.Failed:
		a.settlement.State, a.settlement.Reason = run.Failed, a.change.Reason
	case a.change.Ended:
		a.settlement.Deliveries = s.deliveries(a.open, a.settlement.At)
		a.settlement.State = run.Done
		if len(a.settlement.Deliveries) > 0 {
			a.settlement.State = run.Sending
		}
	}
}

// commit notes a settlement, however long that takes. The error is that of ctx,
// or a [run.StateError].
func (s *scheduler) commit(ctx context.Context, settlement state.Settlement) error {
	for {
		err := s.db.Settle(ctx, settlement)
		var moved *run.StateError
		if err == nil || errors.As(err, &moved) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.logger.Error("outcome not noted; trying again", "run", settlement.Run, "error", err)
		s.pause(ctx, time.Second)
	}
}

// follow does what follows from an account that is committed.
func (s *scheduler) follow(ctx context.Context, a *account) {
	open := a.open
	for _, task := range a.settlement.Tasks {
		open.tasks[task.Index] = task
	}
	for _, o := range a.outcomes {
		if task := open.tasks[o.Task]; o.Blame == schedule.Infrastructure && task.State == run.TaskPending {
			pause := faultPause << (2 * (task.Faults - 1))
			open.rest[o.Task] = time.Now().Add(pause)
			time.AfterFunc(pause, s.scheduling.wake)
		}
		s.reportTask(open, o)
	}
	s.reportRun(open, a.settlement)
	if a.change.Ended {
		delete(s.runs, open.run.ID)
	}
	if len(a.settlement.Deliveries) > 0 {
		s.deliverer.Wake()
	}
	for _, attempt := range a.settlement.Attempts {
		s.forget(ctx, attempt)
	}
}

func (s *scheduler) reportTask(open *openRun, o schedule.Outcome) {
	log := s.logger.With("run", open.run.ID, "flow", open.run.Flow)
	if task := open.tasks[o.Task]; o.Blame == schedule.Nobody {
		log.Info("task succeeded", "model", task.Name)
	} else {
		log.Warn("task did not succeed", "model", task.Name, "state", task.State, "reason", o.Reason)
	}
}

func (s *scheduler) reportRun(open *openRun, settlement state.Settlement) {
	log := s.logger.With("run", open.run.ID, "flow", open.run.Flow)
	switch settlement.State {
	case run.Failed:
		log.Error("run failed", "reason", settlement.Reason, "owner", open.flow.Owner)
	case run.Done, run.Sending:
		log.Info("run finished", "state", settlement.State, "deliveries", len(settlement.Deliveries))
	}
}
