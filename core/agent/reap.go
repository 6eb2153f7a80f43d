package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// reapEvery is how often an executor is asked for what nobody knows, besides
// when its plugin was launched.
const reapEvery = time.Hour

// leftOverPatience is how long one left-over may take to end and go, before the
// others are looked after.
const leftOverPatience = time.Minute

// keeps notes, for those who wait for a GPU, why an executor's GPUs are not lent.
func (e *executor) keeps(a *Agent, why error) {
	text := fmt.Sprintf("executor %s may hold tasks that nobody knows, and lends no GPU until they are gone: %v", e.Instance(), why)
	e.kept.Store(&text)
	a.scheduling.wake()
}

// reap removes from an executor the attempts that it holds and this agent does
// not know: what a lost database or a half-done removal left. Until that was
// done once, its GPUs are not lent: what nobody knows may use them.
func (a *Agent) reap(ctx context.Context, e *executor) error {
	var seen uint64
	pause := time.Second
	for {
		changed := e.Changed()
		again := time.After(reapEvery)
		if now := e.Generation(); now != seen && e.up() {
			if err := a.reapOnce(ctx, e); err == nil {
				seen, pause = now, time.Second
				if !e.swept.Swap(true) {
					a.scheduling.wake()
				}
			} else if ctx.Err() == nil {
				e.keeps(a, err)
				a.logger.Warn("cannot look for left-overs; trying again", "executor", e.Instance(), "error", err, "wait", pause.String())
				again, pause = time.After(pause), min(2*pause, time.Minute)
			}
		}
		select {
		case <-changed:
		case <-again:
			seen = 0
		case <-ctx.Done():
			return nil
		}
	}
}

func (a *Agent) reapOnce(ctx context.Context, e *executor) error {
	held, err := e.List(ctx)
	if err != nil {
		return err
	}
	// What was held a moment ago had its row before: rows come first.
	open, err := a.db.AttemptsIn(ctx, run.AttemptIntended, run.AttemptStarted, run.AttemptEnded)
	if err != nil {
		return err
	}
	known := make(map[sdk.AttemptID]bool, len(open))
	for _, attempt := range open {
		known[sdk.AttemptID(attempt.ID)] = true
	}
	var errs []error
	for _, h := range held {
		if known[h.Attempt] {
			continue
		}
		a.logger.Warn("removing an attempt that nobody knows", "executor", e.Instance(), "attempt", h.Attempt, "ended", h.Ended)
		if err := a.endLeftOver(ctx, e, h); err != nil {
			errs = append(errs, fmt.Errorf("remove attempt %s: %w", h.Attempt, err))
		}
	}
	return errors.Join(errs...)
}

// endLeftOver has a bounded time, since there may be others behind it.
func (a *Agent) endLeftOver(ctx context.Context, e *executor, h sdk.Held) error {
	ctx, stop := context.WithTimeout(ctx, leftOverPatience)
	defer stop()
	return endAttempt(ctx, e, h)
}

// endTasks ends and removes all that the executors hold, for an agent whose
// state is thrown away.
func (a *Agent) endTasks(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for _, e := range a.executors {
		held, err := e.List(ctx)
		for _, h := range held {
			err = errors.Join(err, endAttempt(ctx, e, h))
		}
		if err != nil {
			a.logger.Warn("tasks may go on", "executor", e.Instance(), "error", err)
		}
	}
}

// endAttempt stops an attempt at once, if it has not ended, and removes it.
func endAttempt(ctx context.Context, e *executor, h sdk.Held) error {
	if !h.Ended {
		if err := e.Stop(ctx, h.Attempt, 0); err != nil && sdk.KindOf(err) != sdk.NotFound {
			return err
		}
		if err := e.Watch(ctx, h.Attempt, func(sdk.Event) error { return nil }); err != nil && sdk.KindOf(err) != sdk.NotFound {
			return err
		}
	}
	return e.Remove(ctx, h.Attempt)
}
