package containerd

import (
	"context"
	"errors"
	"syscall"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// Find implements [engine.Engine].
func (b *backend) Find(ctx context.Context, name string) (engine.Container, error) {
	record, err := b.api.FindContainer(ctx, name)
	if err != nil {
		return engine.Container{}, kinds.OfContainer(err)
	}
	if err := b.inherit(record); err != nil {
		return engine.Container{}, sdk.Errorf(sdk.Unavailable, "read what an earlier version kept of %s: %w", name, err)
	}
	task, err := b.api.FindTask(ctx, name)
	if err != nil {
		return engine.Container{}, kinds.Of(err)
	}
	return b.found(record, task.Status)
}

// found is a container by its record, the status of its task and its notes.
func (b *backend) found(record api.Container, status api.Status) (engine.Container, error) {
	p, err := planOf(record)
	c := engine.Container{Name: record.Name, Labels: record.Labels, Own: p, State: engine.Created}
	began := noted[start](b, record.Name, noteStarted)
	if began != nil {
		c.Started = began.At
	}
	switch {
	case status == api.Ended, status == api.None && began != nil:
		c.State = engine.Ended
	case status == api.Running:
		c.State = engine.Running
	}
	return c, err
}

// Signal implements [engine.Engine].
func (b *backend) Signal(ctx context.Context, c engine.Container, force bool) error {
	p := ownPlan(c)
	if force {
		return kinds.Of(b.api.Signal(ctx, c.Name, syscall.SIGKILL, p.All))
	}
	return kinds.Of(b.api.Signal(ctx, c.Name, p.StopSignal, false))
}

// Remove implements [engine.Engine].
func (b *backend) Remove(ctx context.Context, c engine.Container) error {
	if err := b.api.DeleteTask(ctx, c.Name); err != nil {
		return kinds.Of(err)
	}
	if b.disconnect(ctx, c.Name) != nil && ctx.Err() != nil {
		return ctx.Err()
	} // a network that is no more does not keep the attempt
	return kinds.Of(b.api.RemoveContainer(ctx, c.Name))
}

// Settle implements [engine.Settler]: it ends what the container has of the host,
// its shim and its network. After it all of its output is in its files.
func (b *backend) Settle(ctx context.Context, c engine.Container, warn func(string)) error {
	if err := b.api.DeleteTask(ctx, c.Name); err != nil {
		return kinds.Of(err)
	}
	if err := b.disconnect(ctx, c.Name); err != nil {
		// it is no reason to keep the end back, and tried again when the
		// attempt is removed
		warn(err.Error())
	}
	return nil
}

// List implements [engine.Engine].
func (b *backend) List(ctx context.Context, labels map[string]string) ([]engine.Container, error) {
	records, err := b.api.Containers(ctx, labels)
	if err != nil {
		return nil, kinds.Of(err)
	}
	tasks, err := b.api.Tasks(ctx)
	if err != nil {
		return nil, kinds.Of(err)
	}
	var all []engine.Container
	for _, record := range records {
		status := tasks[record.Name]
		if status == api.None { // not listed: there is none, or it did not answer in time
			task, err := b.api.FindTask(ctx, record.Name)
			switch {
			case errors.Is(err, api.ErrSilent):
				// it has not ended as far as is known, and does not hide the
				// others
				status = api.Running
			case err != nil:
				return nil, kinds.Of(err)
			default:
				status = task.Status
			}
		}
		c, _ := b.found(record, status) // its plan does not matter here
		all = append(all, c)
	}
	return all, nil
}

// Stats implements [engine.Engine].
func (b *backend) Stats(ctx context.Context, c engine.Container) (sdk.Usage, error) {
	used, err := b.api.Usage(ctx, c.Name)
	return sdk.Usage{CPU: used.CPU, MemoryPeak: used.MemoryPeak}, kinds.OfContainer(err)
}
