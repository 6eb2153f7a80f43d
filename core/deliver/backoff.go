package deliver

import (
	"math/rand/v2"
	"time"
)

// Pause is how long is waited between two tries. The zero value means 5
// seconds, growing to 10 minutes.
type Pause struct{ First, Longest time.Duration }

// after is the pause after the nth try (from 1): doubling, and jittered, so
// that many deliveries do not come back to a node that has just got up all at
// once.
func (p Pause) after(tries int) time.Duration {
	first, longest := p.First, p.Longest
	if first <= 0 {
		first = 5 * time.Second
	}
	if longest <= 0 {
		longest = 10 * time.Minute
	}
	pause := min(first<<min(max(tries-1, 0), 20), max(first, longest))
	return pause/2 + rand.N(pause/2+1)
}
