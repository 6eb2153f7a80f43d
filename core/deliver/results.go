package deliver

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// recordEvery is how many results are recorded at once, and recordWithin how long
// one waits at most for the next: a slow peer's progress is to be seen. After a
// crash as many objects may be sent again, which peers know how to take.
const (
	recordEvery  = 256
	recordWithin = time.Second
)

// results gathers what became of objects for the state database.
type results struct {
	store   Objects
	pending []run.DeliveryObject
	last    time.Time // when results were recorded, or the first came
}

func (r *results) add(ctx context.Context, object run.DeliveryObject) error {
	r.pending = append(r.pending, object)
	now := time.Now()
	if r.last.IsZero() {
		r.last = now
	}
	if len(r.pending) < recordEvery && now.Sub(r.last) < recordWithin {
		return nil
	}
	r.last = now
	return r.flush(ctx)
}

func (r *results) flush(ctx context.Context) error {
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
