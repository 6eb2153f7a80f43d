package execute

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/redact"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// stopGrace is between the gentle and the forced stop of a task that timed out
// or is canceled.
const stopGrace = 10 * time.Second

// startPause is how long the record of a start waits for the attempt's end, which
// then records both: most of what takes no time is written once instead of twice.
const startPause = 250 * time.Millisecond

// backoff is between two tries to reach an executor that is away.
var backoff = wake.Backoff{First: 200 * time.Millisecond, Longest: 15 * time.Second}

// life is one attempt in the hands of its executor.
type life struct {
	engine *Engine
	job    *Job
	task   *sdk.Task
	log    hclog.Logger

	logs     *follower
	record   sync.WaitGroup // of the start, beside all else
	taken    bool           // the executor has it
	started  time.Time      // when that was; zero: an earlier agent has recorded it
	running  time.Time      // when it was first seen running
	timedOut bool
	warned   bool
	rejected bool  // the task is wrong, or not allowed here
	broken   bool  // it was our side that failed
	refused  error // what kept it from its start
	// unrecorded is why the attempt is not recorded, so that it was not started.
	unrecorded error
	exit       *sdk.Exit
}

// live starts or resumes the attempt and watches it to its end, over any number of
// restarts of the executor's plugin.
func (l *life) live(ctx context.Context) (sdk.Exit, error) {
	l.logs = l.engine.follow(ctx, l.job, l.log)
	defer l.logs.stop()
	living, over := context.WithCancel(ctx)
	defer l.record.Wait()
	defer over()
	for tries := 1; ; tries++ {
		if l.job.canceled() && !l.taken && !l.job.Resumed {
			return notStarted, ctx.Err()
		}
		err := l.takeUp(ctx)
		if err == nil {
			l.recordStart(living)
			tries = 1
			err = l.watch(ctx)
		}
		switch {
		case l.unrecorded != nil:
			return sdk.Exit{}, l.unrecorded
		case l.exit != nil:
			l.logs.finish(ctx)
			return *l.exit, ctx.Err()
		case ctx.Err() != nil:
			return sdk.Exit{}, ctx.Err()
		case sdk.KindOf(err) == sdk.NotFound, err == nil:
			l.taken = false
		case !sdk.KindOf(err).Retryable():
			kind := sdk.KindOf(err)
			l.rejected = kind == sdk.InvalidArgument || kind == sdk.PermissionDenied
			l.refused = redact.Paths(l.job.explained(err))
			return sdk.Exit{Reason: sdk.StartFailed, Message: l.refused.Error()}, nil
		}
		wait := backoff.After(tries)
		if err != nil {
			l.log.Warn("executor unavailable; retrying", "executor", l.job.Attempt.Executor, "error", err, "wait", wait)
			l.job.Doing("waits for executor " + l.job.Attempt.Executor + ", which is unavailable")
		}
		if err := l.pause(ctx, wait); err != nil {
			return sdk.Exit{}, err
		}
	}
}

// takeUp makes sure that the executor has the attempt: it recovers one that was
// begun before, and else starts it.
func (l *life) takeUp(ctx context.Context) error {
	if l.job.Resumed || l.taken {
		err := l.job.Executor.Recover(ctx, l.task, l.job.Attempt.Handle)
		if sdk.KindOf(err) != sdk.NotFound {
			return err
		}
		if l.job.canceled() {
			exit := notStarted
			l.exit = &exit
			return err
		}
		l.log.Info("executor does not know the attempt; starting it")
	}
	// Its folders are laid now and not before: an attempt that the executor has
	// is writing into them.
	if err := l.engine.lay(l.job); err != nil {
		l.broken = true
		return fmt.Errorf("lay the attempt's folders: %w", redact.Paths(err))
	}
	l.job.Attempt.Rebooted = false // it begins anew
	if err := l.validate(ctx); err != nil {
		return err
	}
	return l.start(ctx)
}

func (l *life) validate(ctx context.Context) error {
	complaints, err := l.job.Executor.ValidateTask(ctx, l.task)
	if err != nil {
		return err
	}
	if !l.warned { // the executor is asked again after each time that it was away
		l.engine.warn(l.job, complaints)
		l.warned = true
	}
	if err := l.job.refusal(complaints); err != nil {
		return sdk.Errorf(sdk.InvalidArgument, "refused by executor %s: %w", l.job.Attempt.Executor, err)
	}
	return nil
}

func (l *life) start(ctx context.Context) error {
	if l.job.Recorded != nil {
		if l.unrecorded = l.job.Recorded(); l.unrecorded != nil {
			return l.unrecorded
		}
	}
	// even without an answer: the executor may have begun, and write into the
	// folders
	l.taken = true
	handle, err := l.job.Executor.Start(ctx, l.task)
	if err == nil {
		l.job.Attempt.Handle = handle
	}
	return err
}

// recordStart has it recorded that the executor has the attempt, unless that is
// recorded already. The executor knows it by its id, so nothing waits for that,
// and its end records it too.
func (l *life) recordStart(ctx context.Context) {
	l.taken = true
	if l.job.Attempt.State != run.AttemptIntended {
		return
	}
	l.job.Attempt.State, l.started = run.AttemptStarted, time.Now()
	at, handle := l.started, l.job.Attempt.Handle
	l.record.Go(func() {
		wait := startPause
		for tries := 1; wake.Sleep(ctx, wait) == nil; tries++ {
			err := l.job.Started(handle, at)
			var moved *run.StateError
			if err == nil || errors.As(err, &moved) || ctx.Err() != nil {
				return
			}
			wait = backoff.After(tries)
			l.log.Warn("cannot record the start of an attempt; retrying", "error", err, "wait", wait)
		}
	})
}

// watch follows the attempt until its exit, and stops it when its time is over.
func (l *life) watch(ctx context.Context) error {
	watching, cancel := context.WithCancel(ctx)
	defer cancel()
	var stopping sync.WaitGroup
	var timer *time.Timer
	var canceling sync.WaitGroup
	canceling.Go(func() { l.cancel(watching) })
	err := l.job.Executor.Watch(watching, l.job.id(), func(event sdk.Event) error {
		if !l.job.canceled() {
			l.job.Progress(event)
		}
		if event.Warning != "" {
			l.log.Warn(redact.Patients(event.Warning))
			l.job.warnings.add(event.Warning)
		}
		if event.State == sdk.Running {
			l.logs.start()
			if l.engine.Runs != nil {
				l.engine.Runs(l.job.Attempt)
			}
			if timer == nil {
				timer = l.enforce(watching, &stopping)
			}
		}
		if event.Exit != nil && !event.Exit.Started.IsZero() {
			l.logs.start()
		}
		l.exit = event.Exit
		return nil
	})
	cancel()
	canceling.Wait()
	if timer != nil && !timer.Stop() {
		stopping.Wait()
	}
	if l.exit != nil && l.overran() && l.exit.Reason != sdk.OutOfMemory && !l.exit.Succeeded() {
		l.exit.Reason = sdk.TimedOut
	}
	return err
}

// overran tells whether the attempt was stopped because its time was over: by
// this agent, or by one before it that was killed meanwhile.
func (l *life) overran() bool {
	timeout := l.job.model().Timeout
	stopped := l.exit.Reason == sdk.Stopped && !l.exit.Started.IsZero()
	return l.timedOut || stopped && timeout > 0 && l.exit.Finished.Sub(l.exit.Started) >= timeout
}

// enforce stops a running attempt when its time is over. Nil: it has no limit.
func (l *life) enforce(ctx context.Context, stopping *sync.WaitGroup) *time.Timer {
	if l.running.IsZero() {
		l.running = time.Now()
	}
	timeout := l.job.model().Timeout
	if timeout <= 0 {
		return nil
	}
	stopping.Add(1)
	return time.AfterFunc(time.Until(l.running.Add(timeout)), func() {
		defer stopping.Done()
		l.stop(ctx)
	})
}

// stop ends an attempt whose time is over.
func (l *life) stop(ctx context.Context) {
	l.timedOut = true
	l.log.Warn("timeout reached: stopping the task", "timeout", l.job.model().Timeout)
	l.askToStop(ctx, stopGrace)
}

// askToStop asks the executor to end an attempt, until it answers.
func (l *life) askToStop(ctx context.Context, grace time.Duration) {
	for tries := 1; ; tries++ {
		err := l.job.Executor.Stop(ctx, l.job.id(), grace)
		if err == nil || !sdk.KindOf(err).Retryable() {
			return
		}
		if wake.Sleep(ctx, backoff.After(tries)) != nil {
			return
		}
	}
}
