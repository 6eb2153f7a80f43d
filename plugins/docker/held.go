package docker

import (
	"context"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
)

// List implements [sdk.Executor].
func (e *Executor) List(ctx context.Context) ([]sdk.Held, error) {
	if e.engine == nil {
		return nil, errUnconfigured
	}
	listed, err := e.engine.List(ctx, e.ownLabels())
	if err != nil {
		return nil, asError(err, "list attempts")
	}
	held := map[sdk.AttemptID]bool{}
	for _, c := range listed {
		id := sdk.AttemptID(c.Labels[labelAttempt])
		if _, twice := held[id]; twice && c.Labels[labelFiller] != "" {
			continue
		}
		held[id] = c.Ended || c.Labels[labelFiller] != ""
	}
	// A container may go while a volume of it stays: the engine removes those
	// after it, and tells nobody if it cannot.
	volumes, err := e.engine.Volumes(ctx, e.ownLabels())
	if err != nil {
		return nil, asError(err, "list attempts")
	}
	for _, labels := range volumes {
		id := sdk.AttemptID(labels[labelAttempt])
		if _, known := held[id]; !known && id.Valid() {
			held[id] = true
		}
	}
	return e.attempts.Held(held), nil
}

// Remove implements [sdk.Executor].
func (e *Executor) Remove(ctx context.Context, id sdk.AttemptID) error {
	if e.engine == nil {
		return errUnconfigured
	}
	if !id.Valid() {
		return nil
	}
	a := e.attempts.Known(id)
	if a != nil && a.View().Exit == nil {
		return sdk.Errorf(sdk.FailedPrecondition, "remove attempt %s: it has not ended: stop it first", id)
	}
	if err := e.removeContainer(ctx, id); err != nil {
		return err
	}
	// Also if a container was removed with its volumes: one may have stayed, and
	// containers that could not be made leave theirs.
	if err := e.engine.RemoveVolumes(ctx, e.attemptLabels(id)); err != nil {
		return sdk.Errorf(sdk.Unavailable, "remove attempt %s: %w", id, err)
	}
	if err := e.dropNote(id); err != nil {
		return sdk.Errorf(sdk.Unavailable, "remove attempt %s: %w", id, err)
	}
	e.attempts.Forget(id)
	return nil
}

func (e *Executor) removeContainer(ctx context.Context, id sdk.AttemptID) error {
	doing := "remove attempt " + string(id)
	c, err := e.engine.Inspect(ctx, containerName(id))
	switch {
	case engine.IsNotFound(err):
		return asError(e.removeFiller(ctx, id), doing)
	case err != nil:
		return asError(err, doing)
	case c.Running:
		return sdk.Errorf(sdk.FailedPrecondition, "%s: its container runs: stop it first", doing)
	}
	p, err := e.planOf(c, id)
	if err != nil {
		return nil // a stranger's container: nothing of ours is there
	}
	err = e.engine.Remove(ctx, c.ID, c.Status == engine.Dead)
	if engine.IsConflict(err) && strings.Contains(err.Error(), "already in progress") {
		err = e.removed(ctx, c.ID)
	}
	if err != nil && !engine.IsNotFound(err) {
		return asError(err, doing)
	}
	if p.Statics {
		return asError(e.removeFiller(ctx, id), doing)
	}
	return nil
}

// removed waits until somebody else's removal is done.
func (e *Executor) removed(ctx context.Context, id string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := e.engine.Inspect(ctx, id); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
