package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/execute"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule"
	"github.com/raddeploy/raddeploy/core/state"
	"github.com/raddeploy/raddeploy/sdk"
)

// scheduler starts ready tasks and takes in how attempts ended. Everything it
// knows is also in the database; it is one goroutine.
type scheduler struct {
	*Agent
	runs  map[run.ID]*openRun
	fresh []*openRun // of these, those whose tasks are not yet known to be possible
	last  int64      // the newest run that was loaded
	ended chan ending
	live  map[run.AttemptID]bool // attempts that are carried now
}

// ending is an attempt that is over: with a result, or with the error that kept
// it from being noted.
type ending struct {
	attempt run.Attempt
	result  execute.Result
	err     error
}

// look is how often the scheduler looks without having been woken.
const look = 30 * time.Second

func (a *Agent) schedule(ctx context.Context) error {
	s := &scheduler{Agent: a, runs: make(map[run.ID]*openRun), ended: make(chan ending), live: make(map[run.AttemptID]bool)}
	if err := s.resume(ctx); err != nil {
		return fmt.Errorf("take up runs: %w", err)
	}
	for news := true; ctx.Err() == nil; {
		if news {
			if err := s.load(ctx); err != nil && ctx.Err() == nil {
				a.logger.Error("scheduling; trying again", "error", err)
				s.pause(ctx, time.Second)
				continue
			}
		}
		s.step(ctx)
		news = true
		select {
		case e := <-s.ended:
			s.settle(ctx, s.endings(e)...)
			news = false // who makes runs wakes the scheduler
		case <-a.scheduling:
		case <-time.After(look):
		case <-ctx.Done():
		}
	}
	return nil
}

// endings adds to the end of an attempt those that are waiting to be taken in.
func (s *scheduler) endings(first ending) []ending {
	all := []ending{first}
	for {
		select {
		case e := <-s.ended:
			all = append(all, e)
		default:
			return all
		}
	}
}

// resume takes up the attempts that an earlier agent left open, and has those
// forgotten that it had collected.
func (s *scheduler) resume(ctx context.Context) error {
	if err := s.load(ctx); err != nil {
		return err
	}
	attempts, err := s.db.AttemptsIn(ctx, run.AttemptIntended, run.AttemptStarted, run.AttemptEnded)
	if err != nil {
		return err
	}
	for _, attempt := range attempts {
		if err := s.takeUp(ctx, attempt); err != nil {
			return err
		}
	}
	return nil
}

// takeUp goes on with an attempt that is noted and that nobody carries.
func (s *scheduler) takeUp(ctx context.Context, attempt run.Attempt) error {
	open := s.runs[attempt.Run]
	switch {
	case attempt.State == run.AttemptEnded:
		s.keepGPUs(attempt)
		s.forget(ctx, attempt)
	case open == nil:
		s.logger.Warn("attempt of a run that is not open: removing it", "attempt", attempt.ID)
		if err := s.db.Abandon(ctx, attempt.ID, "its run is not open any more", time.Now()); err != nil {
			return err
		}
		s.keepGPUs(attempt)
		s.forget(ctx, attempt)
	case !s.configured(attempt.Executor):
		s.keepGPUs(attempt)
		reason := "executor " + attempt.Executor + " is not one of this site's any more"
		s.settle(ctx, ending{attempt: attempt, result: execute.Result{Exit: sdk.Exit{Reason: sdk.Vanished, Message: reason}, Reason: reason}})
	default:
		s.logger.Info("taking up an attempt", "run", attempt.Run, "attempt", attempt.ID, "state", attempt.State)
		s.inventory.Take(attempt)
		s.execute(ctx, open, attempt)
	}
	return nil
}

// reload forgets what is remembered of a run that the database knows otherwise,
// and reads it again with its attempts.
func (s *scheduler) reload(ctx context.Context, id run.ID) {
	delete(s.runs, id)
	r, err := s.db.Run(ctx, string(id))
	if err == nil && (r.State == run.Pending || r.State == run.Running) {
		if s.runs[id], err = s.openRun(ctx, r); err != nil {
			delete(s.runs, id)
		}
	}
	var attempts []run.Attempt
	if err == nil {
		attempts, err = s.db.Attempts(ctx, id)
	}
	for _, attempt := range attempts {
		if err == nil && attempt.State != run.AttemptRemoved && !s.live[attempt.ID] {
			err = s.takeUp(ctx, attempt)
		}
	}
	if err != nil && ctx.Err() == nil {
		s.logger.Error("run cannot be read again; the next start of the agent takes it up", "run", id, "error", err)
	}
}

// load reads the runs that the scheduler does not know yet.
func (s *scheduler) load(ctx context.Context) error {
	runs, err := s.db.OpenRunsAfter(ctx, s.last)
	if err != nil {
		return err
	}
	for _, r := range runs {
		open, err := s.openRun(ctx, r)
		var undecodable *undecodableError
		if err != nil && !errors.As(err, &undecodable) {
			return err
		}
		if err != nil {
			s.logger.Error("run cannot be taken up", "run", r.ID, "error", err)
			if err := s.db.Settle(ctx, state.Settlement{Run: r.ID, At: time.Now(), State: run.Failed, Reason: err.Error()}); err != nil {
				return err
			}
		} else {
			s.runs[r.ID] = open
			s.fresh = append(s.fresh, open)
		}
		s.last = r.Seq
	}
	return nil
}

// step starts what can be started.
func (s *scheduler) step(ctx context.Context) {
	board := s.board()
	s.refuse(ctx, board)
	var ready []schedule.Ready
	now := time.Now()
	for _, open := range s.runs {
		for _, r := range open.ready() {
			if !open.rests(r.Task, now) {
				ready = append(ready, r)
			}
		}
	}
	if len(ready) == 0 {
		return
	}
	decision := schedule.Place(ready, board)
	for _, p := range decision.Start {
		open := s.runs[p.Run]
		task := &open.tasks[p.Task]
		task.State, task.Tries = run.TaskRunning, task.Tries+1
		attempt := run.Attempt{
			ID:       run.AttemptOf(p.Run, p.Task, task.Tries),
			Run:      p.Run,
			Task:     p.Task,
			Number:   task.Tries,
			Executor: p.Executor,
			GPUs:     p.GPUs,
			State:    run.AttemptIntended,
			Intended: time.Now(),
		}
		s.inventory.Take(attempt)
		s.begin(ctx, open, attempt)
	}
	for _, o := range decision.Overtaken {
		s.runs[o.Run].overtook[o.Task] += o.By
	}
	s.wait(ctx, decision.Wait)
	for _, v := range decision.Impossible {
		// or it went with another task
		if open := s.runs[v.Run]; open != nil && open.tasks[v.Task].State == run.TaskPending {
			s.refuseTask(ctx, open, v.Task, v.Reason)
		}
	}
}

// refuse fails the tasks of new runs that no executor of the site could ever
// run, at once, whether their inputs exist or not.
func (s *scheduler) refuse(ctx context.Context, board []schedule.Executor) {
	for _, open := range s.fresh {
		for i := range open.tasks {
			if open.tasks[i].State != run.TaskPending || s.runs[open.run.ID] != open {
				continue // refused with another one, or its run has ended with that
			}
			if reason := schedule.Impossible(open.asks(i), board); reason != "" {
				s.refuseTask(ctx, open, i, reason)
			}
		}
	}
	s.fresh = nil
}

// wait notes what tasks wait for, where that has changed.
func (s *scheduler) wait(ctx context.Context, verdicts []schedule.Verdict) {
	var changed []state.Waiting
	for _, v := range verdicts {
		if s.runs[v.Run].tasks[v.Task].Reason != v.Reason {
			changed = append(changed, state.Waiting(v))
		}
	}
	if len(changed) == 0 {
		return
	}
	if err := s.db.SetWaiting(ctx, changed); err != nil {
		s.logger.Warn("waiting reasons not noted", "error", err)
		return
	}
	for _, w := range changed {
		s.runs[w.Run].tasks[w.Task].Reason = w.Reason
	}
}

func (s *scheduler) pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
