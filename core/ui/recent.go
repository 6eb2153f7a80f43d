package ui

import (
	"context"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/wake"
)

// pace is how often how things stand is kept for the charts, and most how often
// before the oldest goes: an hour.
const (
	pace = 15 * time.Second
	most = 240
)

// point is how things stood at one moment.
type point struct {
	at      time.Time
	objects int64 // received ever
	running int
	queued  int
	oldest  time.Duration // of what is not delivered
	free    uint64
}

// recent keeps how things stood during the last hour, in memory.
type recent struct {
	from   *api.Server
	mu     sync.Mutex
	points []point
}

func newRecent(from *api.Server) *recent { return &recent{from: from} }

func (h *recent) run(ctx context.Context) error {
	for {
		if o, err := h.from.Overview(ctx); err == nil { // else the pages say what is wrong
			h.add(pointOf(o))
		}
		if wake.Sleep(ctx, pace) != nil {
			return nil
		}
	}
}

func pointOf(o api.Overview) point {
	p := point{at: o.Time, objects: o.Objects, running: len(o.Leases), queued: o.Queued, free: o.Disk.Free}
	if oldest := oldestOf(o.Destinations); oldest != nil {
		p.oldest = o.Time.Sub(*oldest.Oldest)
	}
	return p
}

func (h *recent) add(p point) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.points = append(h.points, p)
	if over := len(h.points) - most; over > 0 {
		h.points = append(h.points[:0:0], h.points[over:]...)
	}
}

// all returns the points with the present one behind them.
func (h *recent) all(now point) []point {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append(append([]point(nil), h.points...), now)
}

// rates are the objects a second between two points each.
func rates(points []point) []float64 {
	var all []float64
	for i := 1; i < len(points); i++ {
		seconds := points[i].at.Sub(points[i-1].at).Seconds()
		if seconds < 1 {
			continue // too short to say
		}
		all = append(all, float64(points[i].objects-points[i-1].objects)/seconds)
	}
	return all
}

func values(points []point, value func(point) float64) []float64 {
	all := make([]float64, len(points))
	for i, p := range points {
		all[i] = value(p)
	}
	return all
}
