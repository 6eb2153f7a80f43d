package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
	"github.com/raddeploy/raddeploy/sdk"
)

// ending is an attempt that is over: with an end, or with the error that kept it
// from being recorded.
type ending struct {
	attempt run.Attempt
	run.Ending
	err error
}

// begin records an attempt and executes it. The engine makes it ready while the
// record is on its way to the disk; after that it may exist in a runtime.
func (s *Scheduler) begin(ctx context.Context, p plan.Placement) {
	open := s.runs[p.Run]
	task := &open.tasks[p.Task]
	task.State, task.Tries, task.Reason = run.TaskRunning, task.Tries+1, ""
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
	s.Fleet.Lease(attempt)
	job, faults := s.job(open, attempt), task.Faults
	job.Canceled = s.underway(attempt)
	job.Recorded = s.intend(ctx, attempt)
	s.Watch.Began(open.model(p.Task), open.waited(p.Task, attempt.Intended))
	s.Logger.Info("task starts", "run", attempt.Run, "attempt", attempt.ID, "executor", attempt.Executor, "model", task.Name)
	s.working.Go(func() { s.execute(ctx, job, faults) })
}

// intend records an attempt beside all else, and returns what waits for that.
func (s *Scheduler) intend(ctx context.Context, attempt run.Attempt) (recorded func() error) {
	var err error
	done := make(chan struct{})
	s.working.Go(func() {
		err = s.Ledger.Intend(ctx, attempt)
		close(done)
	})
	return func() error {
		<-done
		return err
	}
}

// resumeAttempt goes on with an attempt that is recorded.
func (s *Scheduler) resumeAttempt(ctx context.Context, open *openRun, attempt run.Attempt) {
	job, faults := s.job(open, attempt), open.tasks[attempt.Task].Faults
	job.Resumed, job.Recorded = true, func() error { return nil }
	job.Canceled = s.underway(attempt)
	if open.run.State == run.Canceling {
		s.stopAttempts(attempt.Run)
	}
	s.working.Go(func() { s.execute(ctx, job, faults) })
}

// execute hands an attempt to the engine. Faults is how often infrastructure
// failed its task before.
func (s *Scheduler) execute(ctx context.Context, job *run.Job, faults int) {
	if faults > 0 {
		job.AvoidNodes = s.lostNodes(ctx, job.Attempt)
	}
	e, err := s.Engine.Execute(ctx, job)
	if unrecorded := job.Recorded(); unrecorded != nil {
		s.end(ctx, ending{attempt: job.Attempt, err: unrecorded})
	} else if err == nil {
		s.end(ctx, ending{attempt: job.Attempt, Ending: e})
	}
}

func (s *Scheduler) end(ctx context.Context, e ending) {
	select {
	case s.ended <- e:
	case <-ctx.Done(): // the next agent finds the attempt open, and its exit where the executor keeps it
	}
}

// job gathers what an attempt needs. It copies what the scheduler may change.
func (s *Scheduler) job(open *openRun, attempt run.Attempt) *run.Job {
	inputs := make(map[string]string)
	for _, input := range open.flow.Models[attempt.Task].Inputs {
		if producer, ok := open.graph.Producer(input.Name); ok && input.Name != flow.Src {
			inputs[input.Name] = s.Files.Output(open.run.ID, producer, open.tasks[producer].Tries, input.Name)
		}
	}
	return &run.Job{Attempt: attempt, Run: open.run, Flow: open.flow, Inputs: inputs}
}

// lostNodes are the nodes on which earlier tries at an attempt's task were lost
// or preempted. What cannot be read now is left out: a try on such a node is as
// good as the others were.
func (s *Scheduler) lostNodes(ctx context.Context, attempt run.Attempt) []string {
	attempts, err := s.Attempts.Attempts(ctx, attempt.Run)
	if err != nil {
		s.Logger.Warn("nodes of earlier tries are unknown", "attempt", attempt.ID, "error", err)
	}
	var nodes []string
	for _, earlier := range attempts {
		exit := exitOf(earlier)
		lost := exit.Reason == sdk.NodeLost || exit.Reason == sdk.Preempted
		if lost && earlier.Task == attempt.Task && earlier.Number < attempt.Number && exit.Node != "" && !slices.Contains(nodes, exit.Node) {
			nodes = append(nodes, exit.Node)
		}
	}
	return nodes
}

// removal is the backoff before an ended attempt is removed again that could not
// be. An executor that had to stop it first needs two tries, which take longer
// than a task rests before its next try: what is released then is for that first.
var removal = wake.Backoff{First: 2 * time.Second, Longest: time.Minute}

// forget has the executor remove an ended attempt, however long it is away, and
// records that.
func (s *Scheduler) forget(ctx context.Context, attempt run.Attempt) {
	configured := s.Fleet.Configured(attempt.Executor)
	if !configured && len(attempt.GPUs) > 0 {
		s.Fleet.Stick(attempt.ID, fmt.Sprintf(
			"attempt %s on executor %s, which is not one of this site's any more: configure it again until it has ended that",
			attempt.ID, attempt.Executor))
		s.working.Go(func() { s.awaitExecutor(ctx, attempt) })
		return
	}
	s.removing.Store(attempt.ID, true)
	s.working.Go(func() {
		defer s.removing.Delete(attempt.ID)
		for tries := 1; ; tries++ {
			err := s.remove(ctx, attempt, configured)
			var moved *run.StateError
			if err == nil || errors.As(err, &moved) || ctx.Err() != nil { // moved: it was recorded before
				return
			}
			_ = wake.Sleep(ctx, removal.After(tries))
		}
	})
}

// awaitExecutor waits until the site has an attempt's executor again, as after a
// reload, and has the attempt removed then.
func (s *Scheduler) awaitExecutor(ctx context.Context, attempt run.Attempt) {
	for !s.Fleet.Configured(attempt.Executor) {
		if wake.Sleep(ctx, configuredInterval) != nil {
			return
		}
	}
	s.forget(ctx, attempt)
}

// configuredInterval is how often it is looked whether a missing executor is
// configured again.
const configuredInterval = time.Second

// remove has the executor remove an ended attempt, releases what it held, and
// records that. Doing it again is the same as once.
func (s *Scheduler) remove(ctx context.Context, attempt run.Attempt, configured bool) error {
	if configured { // an executor that is gone removes what it held itself
		if err := s.Engine.Forget(ctx, attempt.Executor, attempt.ID); err != nil {
			if ctx.Err() == nil {
				s.stick(attempt, err)
			}
			return err
		}
	}
	s.Fleet.Release(attempt.ID)
	if len(attempt.GPUs) > 0 {
		s.Wake()
	}
	err := s.Ledger.SetRemoved(ctx, attempt.ID)
	var moved *run.StateError
	if err != nil && !errors.As(err, &moved) && ctx.Err() == nil {
		s.Logger.Error("cannot record that an attempt is removed; retrying", "attempt", attempt.ID, "error", err)
	}
	return err
}

// stick says of an attempt that its executor does not remove it now.
func (s *Scheduler) stick(attempt run.Attempt, err error) {
	s.Fleet.Stick(attempt.ID, fmt.Sprintf("attempt %s, which executor %s does not remove: see the agent's log", attempt.ID, attempt.Executor))
	s.Wake()
	s.Logger.Warn("executor still has an ended attempt; retrying", "attempt", attempt.ID, "executor", attempt.Executor, "error", err)
}
