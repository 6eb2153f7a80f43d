package engine

import (
	"context"
	"errors"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/mounting"
)

// start copies inputs into a container, if that is how they come in, and starts
// it.
func (a *attempt) start(ctx context.Context, c Container) (*sdk.Exit, error) {
	prepare, cancel := a.preparation(ctx)
	defer cancel()
	err := a.prepareStart(prepare, c)
	if exit := a.askedToEnd(); exit != nil {
		return a.finished(ctx, exit)
	}
	var outside *mounting.OutsideError
	switch {
	case errors.As(err, &outside):
		return a.finished(ctx, a.failed(sdk.StartFailed, outside.Error()))
	case sdk.KindOf(err) == sdk.NotFound:
		return a.gone(), nil
	case err != nil:
		return nil, asError(err, "copy the inputs of attempt "+string(a.ID))
	}
	if a.e.settings.Remote && c.timeout() > 0 {
		if err := a.e.writeNote(a.ID, noteBegan, time.Now()); err != nil {
			return nil, err
		}
	}
	if err := a.e.engine.Start(ctx, c); err != nil {
		return a.unstarted(ctx, c, err)
	}
	c.State, c.Started = Running, time.Now()
	a.Update(func() { a.adoptLocked(c) })
	return a.follow(ctx, c)
}

// prepareStart does what may take long before the start.
func (a *attempt) prepareStart(ctx context.Context, c Container) error {
	if a.asked() != nil {
		return nil
	}
	if copies := readNote[[]transfer](a.e, a.ID, noteCopies); copies != nil {
		for _, t := range *copies {
			if err := mounting.Copy(ctx, t.From, t.To); err != nil {
				return err
			}
		}
	}
	if engine, ok := a.e.engine.(Preparer); ok {
		return engine.Prepare(ctx, c)
	}
	return nil
}

// unstarted goes on when the engine could not start the container.
func (a *attempt) unstarted(ctx context.Context, c Container, err error) (*sdk.Exit, error) {
	a.Mu.Lock()
	again := a.task != nil && !a.copied
	a.Mu.Unlock()
	switch {
	case unanswered(err) || sdk.KindOf(err) == sdk.NotFound:
		return nil, asError(err, "start the container of attempt "+string(a.ID))
	case again && a.e.way(ctx, a.task) >= Plain && a.e.overlays.fails(a.task.WorkDir, err.Error()):
		if err := a.e.engine.Remove(ctx, c); err != nil {
			return nil, asError(err, "make the container of attempt "+string(a.ID)+" again")
		}
		a.Update(func() { a.made, a.copied = false, true })
		return a.make(ctx)
	}
	return a.finished(ctx, a.unstartable("the container cannot be started", err.Error()))
}
