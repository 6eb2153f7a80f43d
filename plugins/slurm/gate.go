package slurm

import (
	"context"
	"sync"
	"time"
)

// gate lets attempts through to sbatch: so many a second, a few at the same
// moment, and so many jobs at once.
type gate struct {
	every time.Duration // between two
	limit int           // of jobs at once; 0: none
	hands chan struct{} // of sbatch at the same moment

	mu      sync.Mutex
	next    time.Time     // when the next may pass
	jobs    int           // there are now
	changed chan struct{} // closed when jobs becomes less
}

func newGate(rate float64, limit int) *gate {
	return &gate{every: time.Duration(float64(time.Second) / rate), limit: limit, hands: make(chan struct{}, 4), changed: make(chan struct{})}
}

// job counts one job that is there already.
func (g *gate) job() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.jobs++
}

// gone counts one job less.
func (g *gate) gone() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.jobs--
	close(g.changed)
	g.changed = make(chan struct{})
}

// room waits until there may be one more job, and counts it.
func (g *gate) room(ctx context.Context) error {
	for {
		g.mu.Lock()
		if g.limit == 0 || g.jobs < g.limit {
			g.jobs++
			g.mu.Unlock()
			return nil
		}
		changed := g.changed
		g.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// turn waits for the next place in time.
func (g *gate) turn(ctx context.Context) error {
	g.mu.Lock()
	now := time.Now()
	if g.next.Before(now) {
		g.next = now
	}
	at := g.next
	g.next = g.next.Add(g.every)
	g.mu.Unlock()
	return pause(ctx, time.Until(at))
}

// pause waits, or returns the error of ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
