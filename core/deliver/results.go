package deliver

import (
	"context"

	"github.com/raddeploy/raddeploy/core/run"
)

// recordEvery is how many results are recorded at once. After a crash as many
// objects may be sent again, which peers know how to take.
const recordEvery = 256

// results gathers what became of objects for the state database.
type results struct {
	store   Objects
	pending []run.DeliveryObject
}

func (r *results) add(ctx context.Context, object run.DeliveryObject) error {
	r.pending = append(r.pending, object)
	if len(r.pending) < recordEvery {
		return nil
	}
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
