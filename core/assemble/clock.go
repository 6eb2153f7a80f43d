package assemble

import (
	"context"
	"sync"
	"time"
)

// jumped is the least difference between the clock and the time that has passed
// which counts as a jump of the clock.
const jumped = 5 * time.Second

// clock tells jumps of the clock, by whatever sets it, from time that passes.
type clock struct {
	mu         sync.Mutex
	wall, mono time.Time // at the last look; zero: none yet
}

// now is the time as the clock of the system has it.
func (a *Assembler) now() time.Time {
	if a.Clock != nil {
		return a.Clock()
	}
	return time.Now().Round(0)
}

// steady moves the timers of waiting arrivals along when the clock has jumped:
// a jump must neither complete them at once nor have them wait for a year.
// After a start it shortens those that a jump made too long.
func (a *Assembler) steady(ctx context.Context) error {
	a.clock.mu.Lock()
	defer a.clock.mu.Unlock()
	wall, mono := a.now(), time.Now()
	first := a.clock.mono.IsZero()
	jump := time.Duration(0)
	if !first {
		jump = wall.Sub(a.clock.wall) - mono.Sub(a.clock.mono)
	}
	if first || jump.Abs() >= jumped {
		if err := a.shift(ctx, jump, wall); err != nil {
			return err
		}
	}
	a.clock.wall, a.clock.mono = wall, mono
	return nil
}

func (a *Assembler) shift(ctx context.Context, jump time.Duration, now time.Time) error {
	waiting, err := a.Store.Waiting(ctx)
	if err != nil {
		return err
	}
	timers, err := shifted(waiting, jump, now)
	if err != nil || len(timers) == 0 {
		return err
	}
	a.Logger.Warn("the clock has jumped; arrivals that wait go on waiting as long as before", "jump", jump.String(), "arrivals", len(timers))
	return a.Store.SetTimers(ctx, timers)
}

// came is when an object came by the clock as it is now, whatever the clock was
// then.
func came(received, now time.Time) time.Time {
	return now.Add(-max(time.Since(received), 0))
}
