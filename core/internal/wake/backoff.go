package wake

import (
	"math/rand/v2"
	"time"
)

// Backoff is how long to wait between tries. The zero value means 1 second,
// growing to 1 minute.
type Backoff struct{ First, Longest time.Duration }

// After is the pause after the nth try that failed in a row (from 1): doubling,
// and half of it random, so that many who wait for one thing do not come back
// to it all at once.
func (b Backoff) After(n int) time.Duration {
	pause := b.Most(n)
	return pause/2 + rand.N(pause/2+1)
}

// Most is the longest that [Backoff.After] can be for this n.
func (b Backoff) Most(n int) time.Duration {
	pause, longest := b.First, b.Longest
	if pause <= 0 {
		pause = time.Second
	}
	if longest <= 0 {
		longest = time.Minute
	}
	for ; n > 1 && pause < longest; n-- {
		pause = min(2*pause, longest)
	}
	return pause
}
