package docker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
	"github.com/raddeploy/raddeploy/sdk/mounting"
)

// make fetches the image if it is to be fetched, creates the container and
// starts it.
func (a *attempt) make(ctx context.Context) (*sdk.Exit, error) {
	prepare, cancel := a.preparation(ctx)
	defer cancel()
	fetched := errNotAsked
	if a.task.Container.Pull == sdk.PullAlways {
		fetched = a.fetch(prepare, false)
	}
	for try := 0; ; try++ {
		if exit := a.askedToEnd(); exit != nil {
			return exit, nil
		}
		c, err := a.create(ctx, prepare)
		switch {
		case err == nil:
			if fetched != nil && fetched != errNotAsked {
				a.Warn(fmt.Sprintf("the image %s was not fetched, the one that is there is used: %s", a.task.Container.Image, engine.Message(fetched)))
			}
			return a.proceed(ctx, c)
		case a.askedToEnd() != nil:
			return a.askedToEnd(), nil
		case engine.IsNoImage(err) && (fetched == errNotAsked || errors.Is(fetched, errNotAgain)):
			fetched = a.fetch(prepare, true)
			if exit := a.askedToEnd(); exit != nil {
				return exit, nil
			}
			if fetched == nil && try < 3 {
				continue
			}
			fallthrough
		case engine.IsNoImage(err):
			return a.noImage(fetched), nil
		case engine.IsConflict(err):
			return nil, sdk.Errorf(sdk.Unavailable, "create the container of attempt %s: %w: %s", a.ID, attempts.ErrMeanwhile, engine.Message(err))
		case engine.IsUnreachable(err) || errors.Is(err, context.Canceled):
			return nil, asError(err, "create the container of attempt "+string(a.ID))
		case a.e.mustCopy(err) && try < 3:
			continue
		}
		var wrong *sdk.Error
		if errors.As(err, &wrong) && !a.Accepted() {
			return nil, err
		}
		exit := a.unstartable("docker cannot make the container", engine.Message(err))
		exit.Permanent = exit.Permanent || wrong != nil || engine.IsRefused(err) && !missingSource(err)
		return exit, nil
	}
}

// preparation bounds what comes before the start: a request to end the attempt
// ends it at once.
func (a *attempt) preparation(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	a.Mu.Lock()
	defer a.Mu.Unlock()
	a.prepare = cancel
	if a.ending == nil {
		a.ending = a.e.noted(a.ID)
	}
	return ctx, cancel
}

// create makes the container, in one call to the engine unless statics have to
// be copied. The call itself is not broken off by a request to end the attempt,
// because nobody would know whether it had an effect.
func (a *attempt) create(ctx, prepare context.Context) (engine.Container, error) {
	info, err := a.e.info(ctx)
	if err != nil {
		return engine.Container{}, err
	}
	a.Mu.Lock()
	copies := a.copies
	a.Mu.Unlock()
	w := a.e.ways(info, a.task.WorkDir)
	w.overlay = w.overlay && !copies
	request, found := a.e.request(a.task, info, w)
	if found.Failed() {
		return engine.Container{}, &sdk.Error{Kind: sdk.InvalidArgument, Message: "docker cannot run this task: " + found[0].Summary, Diagnostics: found}
	}
	for _, folder := range request.laid.folders {
		if err := mounting.OpenFolder(folder); err != nil {
			return engine.Container{}, fmt.Errorf("prepare the mounts: %w", err)
		}
	}
	if err := a.e.fillStatics(prepare, a.task, request); err != nil {
		return engine.Container{}, err
	}
	id, warnings, err := a.e.engine.Create(ctx, containerName(a.ID), request.config, request.host)
	if err != nil {
		a.tidy(ctx, err)
		return engine.Container{}, err
	}
	for _, warning := range warnings {
		a.Warn("docker: " + warning)
	}
	return engine.Container{ID: id, Status: engine.Created, Labels: request.config.Labels}, nil
}

// tidy removes the volumes that the engine made for a container before it
// failed to make it. What cannot be removed now is when the attempt is.
func (a *attempt) tidy(ctx context.Context, failed error) {
	if engine.IsNoImage(failed) || engine.IsConflict(failed) {
		return // before any volume was made
	}
	_ = a.e.engine.RemoveVolumes(ctx, a.e.attemptLabels(a.ID))
}

// start copies inputs into a container, if that is how they come in, and starts it.
func (a *attempt) start(ctx context.Context) (*sdk.Exit, error) {
	prepare, cancel := a.preparation(ctx)
	defer cancel()
	err := a.e.copyIn(prepare, a.container, a.plan)
	if exit := a.askedToEnd(); exit != nil {
		return exit, nil
	}
	var outside *outsideError
	switch {
	case errors.As(err, &outside):
		return a.failed(sdk.StartFailed, outside.Error()), nil
	case err != nil:
		return nil, asError(err, "copy the inputs of attempt "+string(a.ID))
	}
	waiting, stopWaiting := context.WithCancel(ctx)
	defer stopWaiting()
	ended := a.e.engine.Wait(waiting, a.container, true)
	if err := a.e.engine.Start(ctx, a.container); err != nil {
		return a.unstarted(ctx, err)
	}
	started := time.Now()
	a.Update(func() { a.State, a.Running = sdk.Running, true })
	return a.follow(ctx, ended, started)
}

// unstarted goes on when the engine could not start the container.
func (a *attempt) unstarted(ctx context.Context, err error) (*sdk.Exit, error) {
	a.Mu.Lock()
	id, task := a.container, a.task
	a.Mu.Unlock()
	switch {
	case engine.IsUnreachable(err) || errors.Is(err, context.Canceled) || engine.IsNoContainer(err):
		return nil, asError(err, "start the container of attempt "+string(a.ID))
	case task != nil && a.cannotOverlay(err):
		if err := a.e.engine.Remove(ctx, id, true); err != nil && !engine.IsNotFound(err) {
			return nil, asError(err, "make the container of attempt "+string(a.ID)+" again")
		}
		a.Update(func() { a.container, a.copies = "", true })
		return a.make(ctx)
	}
	return a.unstartable("docker cannot start the container", engine.Message(err)), nil
}

// mustCopy notes that the engine has turned out not to see the agent's folders:
// then files are copied from now on.
func (e *Executor) mustCopy(err error) bool {
	if !missingSource(err) || e.config.Mounts != "auto" {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	news := !e.unshared
	e.unshared = true
	return news
}

// missingSource tells that the engine does not see a folder of the agent's.
func missingSource(err error) bool {
	return strings.Contains(err.Error(), "bind source path does not exist")
}

// cannotOverlay tells whether a container could not be started because its
// inputs could not be laid over. If the engine or the file system cannot do
// that at all, nobody tries it again.
func (a *attempt) cannotOverlay(err error) bool {
	said := err.Error()
	a.Mu.Lock()
	again := a.copies
	a.Mu.Unlock()
	if again || !strings.Contains(said, "failed to mount local volume") && !strings.Contains(said, "mount overlay") {
		return false
	}
	if strings.Contains(said, "invalid argument") || strings.Contains(said, "no such device") || strings.Contains(said, "not permitted") {
		a.e.mu.Lock()
		a.e.unlaid = true
		a.e.mu.Unlock()
	}
	return true
}
