package plugin

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/host"
)

// The calls mean what [sdk.Executor]'s mean. A task's Options are JSON in a
// []byte, as [Executor.CheckOptions] made it. While the plugin is away every
// call is an error of kind Unavailable, and so end the streams that are open
// when it goes.

// ValidateTask asks what is wrong with a task.
func (e *Executor) ValidateTask(ctx context.Context, task *sdk.Task) (sdk.Diagnostics, error) {
	client, err := e.call()
	if err != nil {
		return nil, err
	}
	if found := e.guard(task); found.Failed() {
		return found, nil
	}
	return client.ValidateTask(ctx, task)
}

// Start begins an attempt.
func (e *Executor) Start(ctx context.Context, task *sdk.Task) (sdk.Handle, error) {
	client, err := e.call()
	if err != nil {
		return nil, err
	}
	if found := e.guard(task); found.Failed() {
		return nil, &sdk.Error{Kind: sdk.PermissionDenied, Message: found.Err().Error(), Diagnostics: found}
	}
	return client.Start(ctx, task)
}

// Recover makes an attempt known to the plugin process that runs now.
func (e *Executor) Recover(ctx context.Context, task *sdk.Task, handle sdk.Handle) error {
	client, err := e.call()
	if err != nil {
		return err
	}
	return client.Recover(ctx, task, handle)
}

// Watch passes on an attempt's events and returns nil after its Exit.
func (e *Executor) Watch(ctx context.Context, attempt sdk.AttemptID, emit func(sdk.Event) error) error {
	client, err := e.call()
	if err != nil {
		return err
	}
	return client.Watch(ctx, attempt, emit)
}

// Stop asks an attempt to end.
func (e *Executor) Stop(ctx context.Context, attempt sdk.AttemptID, grace time.Duration) error {
	client, err := e.call()
	if err != nil {
		return err
	}
	return client.Stop(ctx, attempt, grace)
}

// Remove forgets an ended attempt.
func (e *Executor) Remove(ctx context.Context, attempt sdk.AttemptID) error {
	client, err := e.call()
	if err != nil {
		return err
	}
	return client.Remove(ctx, attempt)
}

// List names the attempts that the backend holds.
func (e *Executor) List(ctx context.Context) ([]sdk.Held, error) {
	client, err := e.call()
	if err != nil {
		return nil, err
	}
	return client.List(ctx)
}

// Logs passes on the output of one stream.
func (e *Executor) Logs(ctx context.Context, attempt sdk.AttemptID, request sdk.LogRequest, emit func(sdk.LogChunk) error) error {
	client, err := e.call()
	if err != nil {
		return err
	}
	return client.Logs(ctx, attempt, request, emit)
}

// Stats tells what a running attempt uses.
func (e *Executor) Stats(ctx context.Context, attempt sdk.AttemptID) (sdk.Usage, error) {
	client, err := e.call()
	if err != nil {
		return sdk.Usage{}, err
	}
	return client.Stats(ctx, attempt)
}

// Prefetch fetches an image before it is needed.
func (e *Executor) Prefetch(ctx context.Context, image string, emit func(sdk.Progress) error) error {
	client, err := e.call()
	if err != nil {
		return err
	}
	return client.Prefetch(ctx, image, emit)
}

// HasImage tells whether an image is there.
func (e *Executor) HasImage(ctx context.Context, image string) (bool, error) {
	client, err := e.call()
	if err != nil {
		return false, err
	}
	return client.HasImage(ctx, image)
}

func (e *Executor) call() (*host.Client, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.client == nil {
		return nil, sdk.Errorf(sdk.Unavailable, "executor %q is away: %w", e.instance, e.reason)
	}
	return e.client, nil
}
