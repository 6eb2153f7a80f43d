package engine

import (
	"context"

	"github.com/raddeploy/raddeploy/sdk"
)

// List implements [sdk.Executor].
func (e *Executor) List(ctx context.Context) ([]sdk.Held, error) {
	if err := e.configured(); err != nil {
		return nil, err
	}
	listed, err := e.engine.List(ctx, e.ownLabels())
	if err != nil {
		return nil, asError(err, "list attempts")
	}
	held := map[sdk.AttemptID]bool{}
	for _, c := range listed {
		id := sdk.AttemptID(c.Labels[LabelAttempt])
		if ended, twice := held[id]; !id.Valid() || twice && !ended {
			continue
		}
		held[id] = c.State == Ended || c.State == Created && readNote[sdk.Exit](e, id, noteExit) != nil
	}
	return e.attempts.Held(held), nil
}

// Remove implements [sdk.Executor].
func (e *Executor) Remove(ctx context.Context, id sdk.AttemptID) error {
	if err := e.configured(); err != nil {
		return err
	}
	if !id.Valid() {
		return nil
	}
	a := e.attempts.Known(id)
	if a != nil && a.View().Exit == nil {
		return sdk.Errorf(sdk.FailedPrecondition, "remove attempt %s: it has not ended: stop it first", id)
	}
	if err := e.removeContainer(ctx, id, a); err != nil {
		return err
	}
	if err := e.dropFolder(id); err != nil {
		return err
	}
	e.attempts.Forget(id)
	return nil
}

// removeContainer removes what the engine has of an attempt. One whose end this
// process has seen is not looked at once more. a may be nil.
func (e *Executor) removeContainer(ctx context.Context, id sdk.AttemptID, a *attempt) error {
	doing := "remove attempt " + string(id)
	if a != nil {
		if c, made := a.current(); made {
			return asError(e.engine.Remove(ctx, c), doing)
		}
	}
	c, err := e.engine.Find(ctx, ContainerName(id))
	switch {
	case sdk.KindOf(err) == sdk.NotFound:
		// something may be left all the same
		c = Container{Name: ContainerName(id), Labels: e.attemptLabels(id)}
	case err != nil:
		return asError(err, doing)
	case e.owns(c, id) != nil:
		return nil // a stranger's container: nothing of ours is there
	case c.State == Running:
		return sdk.Errorf(sdk.FailedPrecondition, "%s: its container runs: stop it first", doing)
	}
	return asError(e.engine.Remove(ctx, c), doing)
}
