package deliver

import (
	"context"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// noteEvery is how many results are noted at once. After a crash as many
// objects may be sent again, which peers know how to take.
const noteEvery = 256

// results gathers what became of objects for the state database.
type results struct {
	db      *state.DB
	pending []run.DeliveryObject
}

func (r *results) add(ctx context.Context, object run.DeliveryObject) error {
	r.pending = append(r.pending, object)
	if len(r.pending) < noteEvery {
		return nil
	}
	return r.flush(ctx)
}

func (r *results) flush(ctx context.Context) error {
	if len(r.pending) == 0 {
		return nil
	}
	// what was answered is noted, also when the agent stops
	if err := r.db.SetResults(context.WithoutCancel(ctx), r.pending); err != nil {
		return err
	}
	r.pending = r.pending[:0]
	return nil
}
