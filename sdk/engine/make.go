package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
	"github.com/raddeploy/raddeploy/sdk/mounting"
)

// tries is how often a container is made again, after its image was fetched or
// because mounts have to be done another way.
const tries = 4

// make fetches the image if it is to be fetched, creates the container and
// starts it.
func (a *attempt) make(ctx context.Context) (*sdk.Exit, error) {
	prepare, cancel := a.preparation(ctx)
	defer cancel()
	if found := a.e.check(ctx, a.task); found.Failed() {
		return a.refused(found)
	}
	fetched := errNotAsked
	if a.task.Container.Pull == sdk.PullAlways {
		fetched = a.fetch(prepare, false)
	}
	for try := 1; ; try++ {
		if exit := a.askedToEnd(); exit != nil {
			return exit, nil
		}
		c, err := a.create(ctx)
		switch {
		case err == nil:
			if fetched != nil && fetched != errNotAsked {
				a.Warn(fmt.Sprintf("the image %s was not fetched, the one that is there is used: %s", a.task.Container.Image, fetched))
			}
			return a.proceed(ctx, c)
		case a.askedToEnd() != nil:
			return a.askedToEnd(), nil
		case errors.Is(err, ErrNoImage) && (fetched == errNotAsked || errors.Is(fetched, errNotAgain)):
			if fetched = a.fetch(prepare, true); fetched == nil && try < tries {
				continue
			}
			if exit := a.askedToEnd(); exit != nil {
				return exit, nil
			}
			return a.noImage(fetched), nil
		case errors.Is(err, ErrMounts) && try < tries:
			continue
		}
		return a.uncreated(err, fetched)
	}
}

// uncreated goes on when the engine could not create the container.
func (a *attempt) uncreated(err, fetched error) (*sdk.Exit, error) {
	switch {
	case errors.Is(err, ErrNoImage):
		return a.noImage(fetched), nil
	case errors.Is(err, ErrExists):
		return nil, sdk.Errorf(sdk.Unavailable, "create the container of attempt %s: %w: %s", a.ID, attempts.ErrMeanwhile, err)
	case unanswered(err):
		return nil, asError(err, "create the container of attempt "+string(a.ID))
	}
	exit := a.unstartable("the container cannot be made", err.Error())
	exit.Permanent = exit.Permanent || sdk.KindOf(err) == sdk.InvalidArgument
	return exit, nil
}

// refused is what becomes of an attempt whose task cannot be run here.
func (a *attempt) refused(found sdk.Diagnostics) (*sdk.Exit, error) {
	err := &sdk.Error{Kind: sdk.InvalidArgument, Message: a.e.name + " cannot run this task: " + found.Err().Error(), Diagnostics: found}
	if !a.Accepted() {
		return nil, err
	}
	exit := a.failed(sdk.StartFailed, err.Message)
	exit.Permanent = true
	return exit, nil
}

// preparation bounds what comes before the start: a request to end the attempt
// ends it at once.
func (a *attempt) preparation(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	a.Mu.Lock()
	defer a.Mu.Unlock()
	a.prepare = cancel
	if a.ending == nil {
		a.ending = readNote[attempts.Ending](a.e, a.ID, noteEnding)
	}
	return ctx, cancel
}

// create makes the container. The call is not broken off by a request to end the
// attempt, because it would be unknown whether it had an effect.
func (a *attempt) create(ctx context.Context) (Container, error) {
	r, mounts, err := a.request(ctx)
	if err != nil {
		return Container{}, err
	}
	for _, folder := range mounts.folders {
		if err := mounting.OpenFolder(folder); err != nil {
			return Container{}, fmt.Errorf("prepare the mounts: %w", err)
		}
	}
	if err := a.openInputs(ctx, r); err != nil {
		return Container{}, err
	}
	// of a container that somebody removed
	if err := a.e.dropNote(a.ID, noteExit); err != nil {
		return Container{}, err
	}
	if len(mounts.copies) > 0 {
		if err := a.e.writeNote(a.ID, noteCopies, mounts.copies); err != nil {
			return Container{}, err
		}
	} else if err := a.e.dropNote(a.ID, noteCopies); err != nil {
		return Container{}, err
	}
	return a.e.engine.Create(ctx, r)
}
