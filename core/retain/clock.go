package retain

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

const (
	// slack is what the wall clock may gain between two looks without a jump:
	// clocks are corrected a little all the time.
	slack = time.Minute
	// away is how much of the time in which no agent ran counts. More cannot be
	// told from a jump of the clock.
	away = 24 * time.Hour
	// saved is how often the clock is saved when nothing is special.
	saved = 10 * time.Minute
)

// clockNow is the clock at one moment.
type clockNow struct {
	run.RetentionClock
	now time.Time // of the wall clock
}

// age is how long ago a time was: what the wall clock says, without the jumps
// that it made since then. It is never negative.
func (c clockNow) age(t time.Time) time.Duration {
	age := c.now.Sub(t)
	for _, jump := range c.Jumps {
		if !t.After(jump.Before) {
			age -= jump.Size
		}
	}
	return max(age, 0)
}

// tooYoung says of the beginning of something that all that began after it is
// younger than that. What began before the clock jumped back tells nothing.
func (c clockNow) tooYoung(began time.Time, age time.Duration) bool {
	return !began.After(c.now) && c.age(began) < age
}

// due is when, by the wall clock as it goes now, something will have an age.
func (c clockNow) due(t time.Time, age time.Duration) time.Time {
	due := t.Add(age)
	for _, jump := range c.Jumps {
		if !t.After(jump.Before) {
			due = due.Add(jump.Size)
		}
	}
	return due
}

// advance is what is known of the clock when it shows now, and so much time has
// passed since it was seen last. Jumped is how far the clock jumped; 0: it did
// not.
func advance(c run.RetentionClock, now time.Time, passed time.Duration) (next run.RetentionClock, jumped time.Duration) {
	if c.Seen.IsZero() {
		return run.RetentionClock{Began: now, Seen: now}, 0
	}
	expected := c.Seen.Add(passed)
	next = run.RetentionClock{Began: c.Began, Seen: now, Jumps: append([]run.ClockJump(nil), c.Jumps...)}
	jumped = now.Sub(expected)
	switch {
	case jumped > slack:
		next.Jumps = append(next.Jumps, run.ClockJump{Before: expected, Size: jumped})
	case jumped < -slack:
		next.Jumps = takeBack(next.Jumps, -jumped)
		if next.Began.After(now) {
			next.Began = now
		}
	default:
		jumped = 0
	}
	return next, jumped
}

// takeBack undoes jumps ahead that a jump back took back, the last first. What
// was recorded in between lies in the future, and is of age 0 until then.
func takeBack(jumps []run.ClockJump, back time.Duration) []run.ClockJump {
	for n := len(jumps) - 1; n >= 0 && back > 0; n-- {
		taken := min(back, jumps[n].Size)
		jumps[n].Size -= taken
		back -= taken
		if jumps[n].Size == 0 {
			jumps = jumps[:n]
		}
	}
	return jumps
}

// look is the last look at the clock of this process.
type look struct {
	clock run.RetentionClock
	at    time.Time // with the reading of the monotonic clock; zero: none yet
	saved time.Time // as above
}

// clock looks at the clock, and saves what it sees from time to time.
func (r *Retainer) clock(ctx context.Context) (clockNow, error) {
	now := time.Now
	if r.Now != nil {
		now = r.Now
	}
	wall, mono := now().Round(0), time.Now()
	known, passed := r.look.clock, mono.Sub(r.look.at)
	if r.look.at.IsZero() {
		var err error
		if known, err = r.Store.RetentionClock(ctx); err != nil {
			return clockNow{}, err
		}
		passed = min(max(wall.Sub(known.Seen), 0), away)
	}
	next, jumped := advance(known, wall, passed)
	if jumped != 0 || r.look.at.IsZero() || mono.Sub(r.look.saved) >= saved {
		if err := r.Store.SaveRetentionClock(ctx, next); err != nil {
			return clockNow{}, err
		}
		r.look.saved = mono
	}
	if jumped != 0 {
		r.Logger.Warn("the wall clock jumped, or no agent ran for long: nothing gets older by that", "jump", jumped.Round(time.Second).String())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.look.clock, r.look.at = next, mono
	return clockNow{next, wall}, nil
}

// seen is the clock as it was seen last, at this moment.
func (r *Retainer) seen() clockNow {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.look.at.IsZero() {
		return clockNow{now: time.Now()}
	}
	return clockNow{r.look.clock, r.look.clock.Seen.Add(time.Since(r.look.at))}
}
