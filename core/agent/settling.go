package agent

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/raddeploy/raddeploy/core/execute"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule"
	"github.com/raddeploy/raddeploy/core/state"
	"github.com/raddeploy/raddeploy/sdk"
)

// settle takes in the end of an attempt: what becomes of its task, its run and what depends on them.
func (s *scheduler) settle(ctx context.Context, e ending) {
	if s.live[e.attempt.ID] {
		delete(s.live, e.attempt.ID)
		s.letGo(e)
	}
	s.progress.drop(e.attempt.ID)
	open := s.runs[e.attempt.Run]
	var moved *state.StateError
	switch {
	case open == nil: // its run has ended meanwhile
		s.reload(ctx, e.attempt.Run)
		return
	case errors.As(e.err, &moved): // the database knows better
		s.reload(ctx, e.attempt.Run)
		return
	case e.err != nil: // nothing was begun: the task is as it was
		s.logger.Error("attempt not noted; trying again", "attempt", e.attempt.ID, "error", e.err)
		task := &open.tasks[e.attempt.Task]
		task.State, task.Tries = run.Pending, task.Tries-1
		s.pause(ctx, time.Second)
		return
	}
	exit, err := json.Marshal(e.result.Exit)
	if err != nil {
		s.logger.Error("exit report not kept", "attempt", e.attempt.ID, "error", err)
	}
	e.attempt.Exit, e.attempt.Reason = exit, e.result.Reason
	outcome := schedule.Outcome{Task: e.attempt.Task, Blame: blame(e.result), Reason: e.result.Reason}
	if s.settleTask(ctx, open, outcome, &e.attempt) {
		s.forget(ctx, e.attempt)
	}
}

// settleTask commits what follows from a task's outcome. It reports false only if ctx ended before that.
func (s *scheduler) settleTask(ctx context.Context, open *openRun, o schedule.Outcome, attempt *run.Attempt) bool {
	change := open.plan.After(open.tasks, o)
	settlement := state.Settlement{Run: open.run.ID, At: time.Now(), Attempt: attempt, Tasks: change.Tasks}
	switch {
	case change.Ended && change.Failed:
		settlement.State, settlement.Reason = run.Failed, change.Reason
	case change.Ended:
		settlement.Deliveries = s.deliveries(open, settlement.At)
		settlement.State = run.Done
		if len(settlement.Deliveries) > 0 {
			settlement.State = run.Sending
		}
	}
	for {
		err := s.db.Settle(ctx, settlement)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return false
		}
		var moved *state.StateError
		if errors.As(err, &moved) { // it is settled already, or the database knows better
			s.logger.Error("outcome does not fit what is noted; reading the run again", "run", open.run.ID, "error", err)
			s.reload(ctx, open.run.ID)
			return false
		}
		s.logger.Error("outcome not noted; trying again", "run", open.run.ID, "error", err)
		s.pause(ctx, time.Second)
	}
	for _, task := range change.Tasks {
		open.tasks[task.Index] = task
	}
	if task := open.tasks[o.Task]; o.Blame == schedule.Infrastructure && task.State == run.Pending {
		pause := faultPause << (2 * (task.Faults - 1))
		open.rest[o.Task] = time.Now().Add(pause)
		time.AfterFunc(pause, s.scheduling.wake)
	}
	s.report(open, o, settlement)
	if change.Ended {
		delete(s.runs, open.run.ID)
		s.deliverer.Wake()
	}
	return true
}

func (s *scheduler) report(open *openRun, o schedule.Outcome, settlement state.Settlement) {
	log := s.logger.With("run", open.run.ID, "flow", open.run.Flow)
	if task := open.tasks[o.Task]; o.Blame == schedule.Nobody {
		log.Info("task succeeded", "model", task.Name)
	} else {
		log.Warn("task did not succeed", "model", task.Name, "state", task.State, "reason", o.Reason)
	}
	switch settlement.State {
	case run.Failed:
		log.Error("run failed", "reason", settlement.Reason, "owner", open.flow.Owner)
	case run.Done, run.Sending:
		log.Info("run finished", "state", settlement.State, "deliveries", len(settlement.Deliveries))
	}
}

// blame says whose failure an attempt's end was.
func blame(result execute.Result) schedule.Blame {
	switch {
	case result.Reason == "":
		return schedule.Nobody
	case result.Rejected:
		return schedule.Final
	case result.Broken:
		return schedule.Infrastructure
	}
	switch result.Exit.Reason {
	case sdk.Exited, sdk.OutOfMemory:
		return schedule.TheTask
	case sdk.TimedOut, sdk.ImageUnavailable:
		return schedule.Final
	}
	return schedule.Infrastructure
}
