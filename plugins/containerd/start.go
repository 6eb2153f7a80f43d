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

// Start implements [sdk.Executor]. It returns when the container is there, or when the fetching of its image has begun.
func (e *Executor) Start(ctx context.Context, task *sdk.Task) (sdk.Handle, error) {
	if e.engine == nil {
		return nil, errUnconfigured
	}
	if !attemptID.MatchString(string(task.Attempt)) {
		return nil, sdk.Errorf(sdk.InvalidArgument, "start: %q is no attempt's id", task.Attempt)
	}
	e.mu.Lock()
	a, known := e.attempts[task.Attempt]
	if !known {
		a = e.newAttempt(task.Attempt, task)
		e.attempts[task.Attempt] = a
		e.spawn(func() { a.run(e.life) })
	}
	e.mu.Unlock()
	return nil, a.takenOn(ctx)
}

// Recover implements [sdk.Executor].
func (e *Executor) Recover(ctx context.Context, task *sdk.Task, _ sdk.Handle) error {
	_, err := e.find(ctx, task.Attempt, task)
	return err
}

// takenOn waits until the attempt is taken on or refused.
func (a *attempt) takenOn(ctx context.Context) error {
	select {
	case <-a.taken:
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.refused
	case <-ctx.Done():
		return sdk.Errorf(sdk.Unavailable, "start %s: %w", a.id, ctx.Err())
	}
}

// find returns an attempt that this process knows, or one whose container the engine has. task may be nil.
func (e *Executor) find(ctx context.Context, id sdk.AttemptID, task *sdk.Task) (*attempt, error) {
	if e.engine == nil {
		return nil, errUnconfigured
	}
	if a := e.known(id); a != nil {
		return a, a.takenOn(ctx)
	}
	if !attemptID.MatchString(string(id)) {
		return nil, sdk.Errorf(sdk.NotFound, "containerd: %q is no attempt's id", id)
	}
	c, err := e.engine.FindContainer(ctx, containerName(id))
	if err != nil {
		return nil, asError(err, "look for attempt "+string(id))
	}
	if _, err := e.planOf(c, id); err != nil {
		return nil, err
	}
	e.mu.Lock()
	a, known := e.attempts[id]
	if !known {
		a = e.newAttempt(id, task)
		a.adoptLocked(c)
		e.attempts[id] = a
		e.spawn(func() { a.run(e.life) })
	}
	e.mu.Unlock()
	return a, a.takenOn(ctx)
}

// known returns an attempt that this process knows, or nil.
func (e *Executor) known(id sdk.AttemptID) *attempt {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.attempts[id]
}

func (e *Executor) forget(id sdk.AttemptID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.attempts, id)
}
