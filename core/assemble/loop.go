package assemble

import (
	"context"
	"time"
)

// interval is how often arrivals are looked for whose end could not be recorded
// when it came.
const interval = 30 * time.Second

// Run ends the arrivals that an earlier agent left, those whose end could not be
// recorded, and those of series and studies that are complete, until ctx ends.
// All others end when their association does.
func (a *Assembler) Run(ctx context.Context, receiving Receiving) error {
	for {
		a.plan.look()
		next := a.plan.sleep(a.now(), a.pass(ctx, receiving))
		select {
		case <-a.signal():
		case <-time.After(next):
		case <-ctx.Done():
			return nil
		}
	}
}

// pass does what is to be done, and returns how long nothing else will be.
func (a *Assembler) pass(ctx context.Context, receiving Receiving) time.Duration {
	err := a.Recover(ctx, receiving)
	if err != nil {
		if ctx.Err() == nil {
			a.Logger.Error("cannot end arrivals that were left; retrying", "error", err)
		}
		return interval // what was left may belong to an arrival that waits
	}
	if a.settled.Load() && !groups(a.rules()) {
		return interval
	}
	next := interval
	if err = a.steady(ctx); err == nil {
		next, err = a.complete(ctx, receiving)
	}
	if err != nil && ctx.Err() == nil {
		a.Logger.Error("cannot complete arrivals; retrying", "error", err)
		next = interval
	}
	return next
}
