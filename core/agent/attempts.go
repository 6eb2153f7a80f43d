package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/execute"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// begin notes an attempt and executes it. The note comes first: after it the
// attempt may exist in a runtime.
func (s *scheduler) begin(ctx context.Context, open *openRun, attempt run.Attempt) {
	job := s.job(ctx, open, attempt)
	s.live[attempt.ID] = true
	s.working.Go(func() {
		if err := s.db.Intend(ctx, attempt); err != nil {
			s.end(ctx, ending{attempt: attempt, err: err})
			return
		}
		s.carry(ctx, job)
	})
}

// execute goes on with an attempt that is noted.
func (s *scheduler) execute(ctx context.Context, open *openRun, attempt run.Attempt) {
	job := s.job(ctx, open, attempt)
	job.Resumed = true
	s.live[attempt.ID] = true
	executor := s.executor(attempt.Executor)
	s.working.Go(func() {
		if executor.described(ctx) == nil {
			s.carry(ctx, job)
		}
	})
}

func (s *scheduler) carry(ctx context.Context, job execute.Job) {
	result, err := s.engine.Run(ctx, job)
	if err == nil {
		s.end(ctx, ending{attempt: job.Attempt, result: result})
	}
}

func (s *scheduler) end(ctx context.Context, e ending) {
	select {
	case s.ended <- e:
	case <-ctx.Done():
		// the next agent finds the attempt open, and its exit where the
		// executor keeps it
	}
}

// job gathers everything that an attempt needs. It copies what the scheduler
// may change.
func (s *scheduler) job(ctx context.Context, open *openRun, attempt run.Attempt) execute.Job {
	executor := s.executor(attempt.Executor)
	subdir := open.flow.TarSubdir
	if subdir == nil {
		subdir = s.site.TarSubdir
	}
	log := s.logger.With("run", attempt.Run, "attempt", attempt.ID, "executor", attempt.Executor)
	log.Info("task starts", "model", open.flow.Models[attempt.Task].Name)
	return execute.Job{
		Run:        open.run,
		Flow:       open.flow,
		Attempt:    attempt,
		AvoidNodes: s.lostNodes(ctx, open, attempt),
		Inputs:     open.inputs(s.Agent, attempt.Task),
		Subdir:     subdir,
		Objects:    func() ([]run.Object, error) { return s.db.SelectedObjects(ctx, open.run) },
		Devices:    s.inventory.Devices(attempt.Executor, attempt.GPUs),
		Executor:   executor,
		Locate:     func(path ...string) lang.Range { return s.flows.Locate(open.run.Digest, attempt.Task, path...) },
		Started: func(handle sdk.Handle) error {
			return s.db.SetStarted(ctx, attempt.ID, handle, time.Now())
		},
		Progress: func(event sdk.Event) { s.progress.note(attempt.ID, event) },
	}
}

// forget has the executor forget an ended attempt, however long it is away, and
// notes that.
func (s *scheduler) forget(ctx context.Context, attempt run.Attempt) {
	executor := s.executor(attempt.Executor)
	configured := s.configured(attempt.Executor)
	if !configured && len(attempt.GPUs) > 0 {
		s.inventory.Stick(attempt.ID, fmt.Sprintf(
			"attempt %s on executor %s, which is not one of this site's any more: configure it again until it has ended that",
			attempt.ID, attempt.Executor))
		return
	}
	s.working.Go(func() {
		for pause := time.Second; ; pause = min(2*pause, time.Minute) {
			var err error
			if configured { // what another executor held is its own to be rid of
				err = s.engine.Forget(ctx, executor, attempt.ID)
			}
			var moved *run.StateError
			if err == nil {
				err = s.db.SetRemoved(ctx, attempt.ID)
			}
			if err == nil || errors.As(err, &moved) { // which says that it was noted before
				s.inventory.Release(attempt.ID)
				if len(attempt.GPUs) > 0 {
					s.scheduling.wake()
				}
				return
			}
			if ctx.Err() != nil {
				return
			}
			s.inventory.Stick(attempt.ID, fmt.Sprintf("attempt %s, which executor %s does not remove: see the agent's log", attempt.ID, attempt.Executor))
			s.scheduling.wake()
			s.logger.Warn("executor still holds an ended attempt; trying again", "attempt", attempt.ID, "executor", attempt.Executor, "error", err)
			s.pause(ctx, pause)
		}
	})
}

// lostNodes are the nodes on which earlier tries at an attempt's task were lost
// or preempted. What cannot be read now is left out: a try on such a node is as
// good as the others were.
func (s *scheduler) lostNodes(ctx context.Context, open *openRun, attempt run.Attempt) []string {
	if open.tasks[attempt.Task].Faults == 0 {
		return nil
	}
	attempts, err := s.db.Attempts(ctx, attempt.Run)
	if err != nil {
		s.logger.Warn("nodes of earlier tries not known", "attempt", attempt.ID, "error", err)
	}
	var nodes []string
	for _, earlier := range attempts {
		var exit sdk.Exit
		if earlier.Task != attempt.Task || earlier.Number >= attempt.Number || json.Unmarshal(earlier.Exit, &exit) != nil {
			continue
		}
		if lost := exit.Reason == sdk.NodeLost || exit.Reason == sdk.Preempted; lost && exit.Node != "" && !slices.Contains(nodes, exit.Node) {
			nodes = append(nodes, exit.Node)
		}
	}
	return nodes
}
