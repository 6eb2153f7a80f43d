package deliver

import (
	"cmp"
	"time"

	"github.com/raddeploy/raddeploy/core/internal/wake"
)

// Pause is the backoff between two tries. The zero value means 5 seconds,
// growing to 10 minutes.
type Pause wake.Backoff

func (d *Deliverer) pause() Pause {
	if d.Pause == nil {
		return Pause{}
	}
	return d.Pause()
}

func (d *Deliverer) giveUpAfter() time.Duration {
	if d.GiveUpAfter == nil {
		return 24 * time.Hour
	}
	return d.GiveUpAfter()
}

// after is the pause after the nth try (from 1).
func (p Pause) after(tries int) time.Duration {
	return wake.Backoff{First: cmp.Or(p.First, 5*time.Second), Longest: p.longest()}.After(tries)
}

func (p Pause) longest() time.Duration { return cmp.Or(p.Longest, 10*time.Minute) }
