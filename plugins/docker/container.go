package docker

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// Find implements [engine.Engine].
func (b *backend) Find(ctx context.Context, name string) (engine.Container, error) {
	if _, err := b.info(ctx); err != nil {
		return engine.Container{}, kinds.Of(err)
	}
	c, err := b.api.Inspect(ctx, name)
	if err != nil {
		return engine.Container{}, kinds.OfContainer(err)
	}
	ran, err := b.mayHaveRun(ctx, name, c)
	if err != nil {
		return engine.Container{}, kinds.Of(err)
	}
	found := engine.Container{Name: name, ID: c.ID, Labels: c.Labels, State: engine.Running, Started: c.Started}
	switch {
	case ran: // it is not started again, and endOf says why
		found.State = engine.Ended
	case c.Status == api.Created:
		found.State = engine.Created
	case c.Ended():
		found.State = engine.Ended
	}
	return found, nil
}

// Create implements [engine.Engine].
func (b *backend) Create(ctx context.Context, r *engine.Request) (engine.Container, error) {
	info, err := b.info(ctx)
	if err != nil {
		return engine.Container{}, kinds.Of(err)
	}
	config, host, found := b.request(r, info)
	if err := found.Err(); err != nil {
		return engine.Container{}, err
	}
	id, warnings, err := b.api.Create(ctx, r.Name, config, host)
	if err != nil {
		return engine.Container{}, b.uncreated(ctx, r, err)
	}
	for _, warning := range warnings {
		r.Warn("docker: " + warning)
	}
	return engine.Container{Name: r.Name, ID: id, Labels: config.Labels, State: engine.Created}, nil
}

// uncreated says why a container could not be made, and removes the volumes
// that the engine made for it before. What cannot be removed now is when the
// attempt is.
func (b *backend) uncreated(ctx context.Context, r *engine.Request, err error) error {
	switch {
	case api.IsNoImage(err):
		return fmt.Errorf("%w: %w", engine.ErrNoImage, kinds.Said(err))
	case api.IsConflict(err):
		return fmt.Errorf("%w: %w", engine.ErrExists, kinds.Said(err))
	}
	_ = b.api.RemoveVolumes(ctx, engine.Marks(r.Labels))
	switch missing := strings.Contains(err.Error(), "bind source path does not exist"); {
	case missing && b.mustStream():
		return fmt.Errorf("%w: %w", engine.ErrMounts, kinds.Said(err))
	case api.IsRefused(err) && !missing:
		return sdk.Errorf(sdk.InvalidArgument, "%w", kinds.Said(err))
	}
	return kinds.Of(err)
}

// Signal implements [engine.Engine].
func (b *backend) Signal(ctx context.Context, c engine.Container, force bool) error {
	b.remember(c.Name, func(s *seen) { s.told = true })
	return kinds.OfContainer(b.api.Kill(ctx, c.ID, force))
}

// Remove implements [engine.Engine]: the container, and whatever volumes it
// leaves. One may stay though the engine says that they are removed, and a
// container that could not be made leaves its own.
func (b *backend) Remove(ctx context.Context, c engine.Container) error {
	if err := b.remove(ctx, c); err != nil {
		return kinds.Of(err)
	}
	b.mu.Lock()
	delete(b.seen, c.Name)
	b.mu.Unlock()
	if err := b.removeFiller(ctx, c); err != nil {
		return kinds.Of(err)
	}
	return kinds.Of(b.api.RemoveVolumes(ctx, engine.Marks(c.Labels)))
}

func (b *backend) remove(ctx context.Context, c engine.Container) error {
	if c.ID == "" {
		return nil // it is not there
	}
	err := b.api.Remove(ctx, c.ID, false)
	if api.IsConflict(err) && strings.Contains(err.Error(), "already in progress") {
		err = b.removed(ctx, c.ID)
	}
	if err != nil && !api.IsNotFound(err) {
		if left, looking := b.api.Inspect(ctx, c.ID); looking == nil && left.Status == api.Dead {
			err = b.api.Remove(ctx, c.ID, true)
		}
	}
	if api.IsNotFound(err) {
		return nil
	}
	return err
}

// removed waits until somebody else's removal is done.
func (b *backend) removed(ctx context.Context, id string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := b.api.Inspect(ctx, id); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// List implements [engine.Engine].
func (b *backend) List(ctx context.Context, labels map[string]string) ([]engine.Container, error) {
	listed, err := b.api.List(ctx, labels)
	if err != nil {
		return nil, kinds.Of(err)
	}
	// A container may go while a volume of it stays: the engine removes those
	// after it, and tells nobody if it cannot.
	volumes, err := b.api.Volumes(ctx, labels)
	if err != nil {
		return nil, kinds.Of(err)
	}
	var all []engine.Container
	for _, c := range listed {
		found := engine.Container{ID: c.ID, Labels: maps.Clone(c.Labels), State: engine.Running}
		switch {
		case c.Ended(), c.Labels[labelFiller] != "":
			found.State = engine.Ended
		case c.Status == api.Created:
			found.State = engine.Created
		}
		all = append(all, found)
	}
	for _, labels := range volumes {
		all = append(all, engine.Container{Labels: labels, State: engine.Ended})
	}
	return all, nil
}

// Stats implements [engine.Engine].
func (b *backend) Stats(ctx context.Context, c engine.Container) (sdk.Usage, error) {
	used, err := b.api.Usage(ctx, c.ID)
	return sdk.Usage{CPU: used.CPU, MemoryPeak: used.MemoryPeak}, kinds.OfContainer(err)
}
