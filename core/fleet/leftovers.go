package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

const (
	// reconcileInterval is how often an executor is asked for leftovers, besides
	// after each launch of its plugin.
	reconcileInterval = time.Hour
	// leftoverTimeout is how long one leftover may take to end and go, before the
	// others are looked after.
	leftoverTimeout = time.Minute
)

// reconcile removes from an executor the attempts that it holds and the state
// database does not know: what a lost database or a half-done removal left.
// Until that was done once, its GPUs are not leased: a leftover may use them.
func (f *Fleet) reconcile(ctx context.Context, e *Executor) error {
	var seen uint64
	tries := 0 // that failed in a row
	for {
		changed := e.Changed()
		again := time.After(reconcileInterval)
		if now := e.Generation(); now != seen && e.Up() {
			if err := f.reconcileOnce(ctx, e); err == nil {
				seen, tries = now, 0
				if !e.reconciled.Swap(true) {
					f.changed()
				}
			} else if ctx.Err() == nil {
				f.keepGPUs(e, err)
				tries++
				pause := wake.Backoff{First: time.Second, Longest: time.Minute}.After(tries)
				f.logger.Warn("cannot look for leftovers; retrying", "executor", e.Instance(), "error", err, "wait", pause.String())
				again = time.After(pause)
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

// keepGPUs says, for the tasks that wait for a GPU, why an executor's are not
// leased.
func (f *Fleet) keepGPUs(e *Executor, why error) {
	text := fmt.Sprintf("executor %s may hold unknown tasks, and leases no GPU until they are removed: %v", e.Instance(), why)
	e.leftovers.Store(&text)
	f.changed()
}

func (f *Fleet) reconcileOnce(ctx context.Context, e *Executor) error {
	held, err := e.List(ctx)
	if err != nil {
		return err
	}
	// What was held a moment ago had its row before: rows come first.
	open, err := f.store.AttemptsIn(ctx, run.AttemptIntended, run.AttemptStarted, run.AttemptEnded)
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
		f.logger.Warn("removing an unknown attempt", "executor", e.Instance(), "attempt", h.Attempt, "ended", h.Ended)
		if err := endLeftover(ctx, e, h); err != nil {
			errs = append(errs, fmt.Errorf("remove attempt %s: %w", h.Attempt, err))
		}
	}
	return errors.Join(errs...)
}

// endLeftover has a bounded time, since there may be others behind it.
func endLeftover(ctx context.Context, e *Executor, h sdk.Held) error {
	ctx, stop := context.WithTimeout(ctx, leftoverTimeout)
	defer stop()
	return endAttempt(ctx, e, h)
}

// End ends and removes all that the executors hold, for an agent whose state is
// thrown away.
func (f *Fleet) End(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, detectTimeout)
	defer stop()
	for _, e := range f.Executors() {
		held, err := e.List(ctx)
		for _, h := range held {
			err = errors.Join(err, endAttempt(ctx, e, h))
		}
		if err != nil {
			f.logger.Warn("tasks may go on", "executor", e.Instance(), "error", err)
		}
	}
}

// endAttempt stops an attempt at once, if it has not ended, and removes it.
func endAttempt(ctx context.Context, e *Executor, h sdk.Held) error {
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
