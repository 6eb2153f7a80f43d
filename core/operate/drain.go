package operate

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// Drain keeps new tasks from an executor, over restarts, until Undrain. Those
// that run there go on to their end. To drain one that is drained is a no-op.
func (o *Operator) Drain(ctx context.Context, executor string, by run.Actor) error {
	return o.onExecutor(ctx, run.Entry{Action: run.Drain, ID: executor, By: by}, o.Store.Drain)
}

// Undrain undoes Drain.
func (o *Operator) Undrain(ctx context.Context, executor string, by run.Actor) error {
	return o.onExecutor(ctx, run.Entry{Action: run.Undrain, ID: executor, By: by}, o.Store.Undrain)
}

func (o *Operator) onExecutor(ctx context.Context, e run.Entry, commit func(context.Context, run.Entry) error) error {
	if names := o.Executors(); !slices.Contains(names, e.ID) {
		return &problem.Error{
			Op: string(e.Action) + " executor", Object: strconv.Quote(e.ID), Cause: state.ErrNotFound,
			Advice: "the executors of this site are " + strings.Join(names, ", "),
		}
	}
	e.At, e.Thing = time.Now(), "executor"
	if err := commit(ctx, e); err != nil {
		return err
	}
	o.log(e)
	return o.ReadDrained(ctx)
}
