package deliver

import (
	"context"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// recordEvery is how many results are recorded at once, and recordWithin how long
// one waits at most: the progress of a peer that is slow, or stalls, is to be seen.
// After a crash as many objects may be sent again, which peers know how to take.
const (
	recordEvery  = 256
	recordWithin = time.Second
)

// results gathers what became of objects for the state database.
type results struct {
	store Objects

	mu      sync.Mutex
	pending []run.DeliveryObject
	soon    *time.Timer // records those that are pending; nil: it does not run
}

func (r *results) add(ctx context.Context, object run.DeliveryObject) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending = append(r.pending, object)
	if len(r.pending) >= recordEvery {
		return r.record(ctx)
	}
	if r.soon == nil {
		r.soon = time.AfterFunc(recordWithin, func() {
			_ = r.flush(ctx) // what cannot be recorded is still pending: its end says so
		})
	}
	return nil
}

// flush records what is pending.
func (r *results) flush(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.record(ctx)
}

func (r *results) record(ctx context.Context) error {
	if r.soon != nil {
		r.soon.Stop()
		r.soon = nil
	}
	if len(r.pending) == 0 {
		return nil
	}
	// what was answered is recorded, also when the agent stops
	if err := r.store.SetResults(context.WithoutCancel(ctx), r.pending); err != nil {
		return err
	}
	r.pending = r.pending[:0]
	return nil
}
