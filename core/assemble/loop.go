package assemble

import (
	"context"
	"time"
)

// interval is how often arrivals are looked for whose end could not be recorded
// when it came.
const interval = 30 * time.Second

// Run ends the arrivals that an earlier agent left, and those whose end could
// not be recorded, until ctx ends. All others end when their association does.
func (a *Assembler) Run(ctx context.Context, receiving Receiving) error {
	for {
		if err := a.Recover(ctx, receiving); err != nil && ctx.Err() == nil {
			a.Logger.Error("cannot end arrivals that were left; retrying", "error", err)
		}
		select {
		case <-time.After(interval):
		case <-ctx.Done():
			return nil
		}
	}
}
