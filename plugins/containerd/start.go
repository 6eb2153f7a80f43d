package containerd

import (
	"context"

	"github.com/raddeploy/raddeploy/sdk"
)

// ValidateTask implements [sdk.Executor].
func (e *Executor) ValidateTask(_ context.Context, task *sdk.Task) (sdk.Diagnostics, error) {
	if e.engine == nil {
		return nil, errUnconfigured
	}
	e.gpus.Look()
	_, found := e.request(task, copied)
	return found, nil
}

var errUnconfigured = sdk.Errorf(sdk.FailedPrecondition, "containerd: not configured yet")

// Start implements [sdk.Executor]. It returns when the container is there, or
// when the fetching of its image has begun.
func (e *Executor) Start(ctx context.Context, task *sdk.Task) (sdk.Handle, error) {
	if e.engine == nil {
		return nil, errUnconfigured
	}
	if !task.Attempt.Valid() {
		return nil, sdk.Errorf(sdk.InvalidArgument, "start: %q is no attempt's id", task.Attempt)
	}
	a := e.attempts.Take(task.Attempt, func() *attempt { return e.newAttempt(task.Attempt, task) })
	return nil, a.TakenOn(ctx)
}

// Recover implements [sdk.Executor].
func (e *Executor) Recover(ctx context.Context, task *sdk.Task, _ sdk.Handle) error {
	_, err := e.find(ctx, task.Attempt, task)
	return err
}

// Watch implements [sdk.Executor].
func (e *Executor) Watch(ctx context.Context, id sdk.AttemptID, emit func(sdk.Event) error) error {
	a, err := e.find(ctx, id, nil)
	if err != nil {
		return err
	}
	return a.Watch(ctx, emit, asError)
}

// find returns an attempt that this process knows, or one whose container the
// engine has. task may be nil.
func (e *Executor) find(ctx context.Context, id sdk.AttemptID, task *sdk.Task) (*attempt, error) {
	if e.engine == nil {
		return nil, errUnconfigured
	}
	if a := e.attempts.Known(id); a != nil {
		return a, a.TakenOn(ctx)
	}
	if !id.Valid() {
		return nil, sdk.Errorf(sdk.NotFound, "containerd: %q is no attempt's id", id)
	}
	c, err := e.engine.FindContainer(ctx, containerName(id))
	if err != nil {
		return nil, asError(err, "look for attempt "+string(id))
	}
	if _, err := e.planOf(c, id); err != nil {
		return nil, err
	}
	a := e.attempts.Take(id, func() *attempt {
		a := e.newAttempt(id, task)
		a.adoptLocked(c)
		return a
	})
	return a, a.TakenOn(ctx)
}
