package api

import (
	"context"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/state"
)

// received is how many bytes came during the last day. To count them reads the rows
// of a day, so it is counted once a minute at most.
type received struct {
	mu    sync.Mutex
	at    time.Time
	bytes int64
}

func (r *received) since(ctx context.Context, db *state.DB, now time.Time) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.at) < time.Minute {
		return r.bytes, nil
	}
	bytes, err := db.BytesSince(ctx, now.Add(-day))
	if err == nil {
		r.at, r.bytes = now, bytes
	}
	return r.bytes, err
}
