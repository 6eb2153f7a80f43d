package fleet

import (
	"context"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
)

// ReadDrained reads which executors are drained: they get no new task. It is
// called before the first task is placed, and after each change.
func (f *Fleet) ReadDrained(ctx context.Context) error {
	drained, err := f.store.Drained(ctx)
	if err != nil {
		return err
	}
	f.drained.Store(&drained)
	f.changed()
	return nil
}

// drainOf is since when and by whom an executor is drained; nil: it is not.
func (f *Fleet) drainOf(instance string) *run.Drained {
	all := f.drained.Load()
	if all == nil {
		return nil
	}
	if d, ok := (*all)[instance]; ok {
		return &d
	}
	return nil
}

// withhold takes a drained executor off the board, and says why.
func (f *Fleet) withhold(e *plan.Executor) {
	if d := f.drainOf(e.Instance); d != nil {
		e.Up, e.Message = false, "drained by "+d.By
	}
}
