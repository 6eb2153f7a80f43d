package containerd

import (
	"context"
	"errors"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
)

// List implements [sdk.Executor].
func (e *Executor) List(ctx context.Context) ([]sdk.Held, error) {
	if e.engine == nil {
		return nil, errUnconfigured
	}
	containers, err := e.engine.Containers(ctx, e.ownLabels())
	if err != nil {
		return nil, asError(err, "list attempts")
	}
	tasks, err := e.engine.Tasks(ctx)
	if err != nil {
		return nil, asError(err, "list attempts")
	}
	held := map[sdk.AttemptID]bool{}
	for _, c := range containers {
		id := sdk.AttemptID(c.Labels[labelAttempt])
		status := tasks[c.Name]
		if status == engine.None { // not listed: there is none, or it did not answer in time
			task, err := e.engine.FindTask(ctx, c.Name)
			switch {
			case errors.Is(err, engine.ErrSilent):
				// it has not ended as far as anybody knows, and does not hide
				// the others
				status = engine.Running
			case err != nil:
				return nil, asError(err, "list attempts")
			default:
				status = task.Status
			}
		}
		held[id] = noted[sdk.Exit](e, id, noteEnd) != nil || status == engine.Ended ||
			status == engine.None && noted[start](e, id, noteStarted) != nil
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
	if err := e.removeContainer(ctx, id, a != nil && a.isSettled()); err != nil {
		return err
	}
	if err := e.dropFolder(id); err != nil {
		return err
	}
	e.attempts.Forget(id)
	return nil
}

// removeContainer removes what containerd has of an attempt. What this process
// has settled itself is not looked at once more.
func (e *Executor) removeContainer(ctx context.Context, id sdk.AttemptID, settled bool) error {
	doing := "remove attempt " + string(id)
	name := containerName(id)
	if settled {
		return e.dropContainer(ctx, id)
	}
	c, err := e.engine.FindContainer(ctx, name)
	if err != nil && !engine.IsNotFound(err) {
		return asError(err, doing)
	}
	if err == nil {
		if _, err := e.planOf(c, id); err != nil {
			return nil // a stranger's container: nothing of ours is there
		}
		task, err := e.engine.FindTask(ctx, name)
		if err != nil {
			return asError(err, doing)
		}
		if task.Status == engine.Running {
			return sdk.Errorf(sdk.FailedPrecondition, "%s: its container runs: stop it first", doing)
		}
		if task.Status != engine.None {
			if err := e.engine.DeleteTask(ctx, name); err != nil {
				return asError(err, doing)
			}
		}
	}
	return e.dropContainer(ctx, id)
}

// dropContainer removes the record of a container that has no task, and before
// it what it still has of its network.
func (e *Executor) dropContainer(ctx context.Context, id sdk.AttemptID) error {
	if e.disconnect(ctx, id) != nil && ctx.Err() != nil {
		return asError(ctx.Err(), "remove attempt "+string(id))
	} // a network that is no more does not keep the attempt
	return asError(e.engine.RemoveContainer(ctx, containerName(id)), "remove attempt "+string(id))
}
