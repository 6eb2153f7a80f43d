package containerd

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
)

// run brings the attempt to its end. Each round begins with what containerd and the notes have, so that a round can break off anywhere; while
// containerd does not answer, rounds are repeated without end.
func (a *attempt) run(life context.Context) {
	defer close(a.done)
	const shortest, longest = 100 * time.Millisecond, 5 * time.Second
	for pause := shortest; ; pause = min(2*pause, longest) {
		began := time.Now()
		exit, err := a.round(life)
		switch {
		case exit != nil:
			a.update(func() { a.exit, a.away = exit, nil; a.acceptLocked() })
			return
		case life.Err() != nil:
			a.update(func() { a.refuseLocked(sdk.Errorf(sdk.Unavailable, "containerd: the executor is ending")) })
			return
		case !a.accepted():
			a.e.forget(a.id)
			a.update(func() { a.refuseLocked(err) })
			return
		}
		if time.Since(began) > pause {
			pause = shortest
		}
		a.update(func() { a.away = err })
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-a.nudge:
		case <-life.Done():
		}
		timer.Stop()
	}
}

func (a *attempt) refuseLocked(err error) {
	if !a.accepted() {
		a.refused = err
		a.acceptLocked()
	}
	a.away = err
}

// round goes on from what there is, up to the end if nothing comes between.
func (a *attempt) round(ctx context.Context) (*sdk.Exit, error) {
	c, err := a.e.engine.FindContainer(ctx, containerName(a.id))
	if engine.IsNotFound(err) {
		return a.missing(ctx)
	}
	if err != nil {
		return nil, asError(err, "look for attempt "+string(a.id))
	}
	if _, err := a.e.planOf(c, a.id); err != nil {
		if a.accepted() {
			return a.failed(sdk.StartFailed, err.Error()), nil
		}
		return nil, err
	}
	a.update(func() { a.adoptLocked(c); a.away = nil; a.acceptLocked() })
	return a.proceed(ctx)
}

// missing goes on when there is no container of the attempt: there has not been one yet, or somebody removed it.
func (a *attempt) missing(ctx context.Context) (*sdk.Exit, error) {
	a.mu.Lock()
	there, task := a.made, a.task
	a.mu.Unlock()
	if there || task == nil {
		return a.failed(sdk.Vanished, "the container is gone: somebody else removed it from containerd"), nil
	}
	return a.make(ctx)
}

// proceed goes on with a container.
func (a *attempt) proceed(ctx context.Context) (*sdk.Exit, error) {
	if exit := noted[sdk.Exit](a.e, a.id, noteEnd); exit != nil {
		return a.settle(ctx, exit)
	}
	task, err := a.e.engine.FindTask(ctx, containerName(a.id))
	if err != nil {
		return nil, asError(err, "look at attempt "+string(a.id))
	}
	started := noted[start](a.e, a.id, noteStarted)
	switch {
	case task.Status == engine.Ended:
		return a.collect(ctx, task)
	case task.Status == engine.Running:
		return a.follow(ctx, a.e.engine.Wait(ctx, containerName(a.id)))
	case task.Status == engine.None && started != nil:
		return a.finished(ctx, lost(a, started))
	}
	a.advanceTo(sdk.Starting)
	return a.start(ctx, task)
}

// adoptLocked takes over what a container tells.
func (a *attempt) adoptLocked(c engine.Container) {
	a.made = true
	if p, err := a.e.planOf(c, a.id); err == nil {
		a.plan = p
	}
	if a.ending == nil {
		a.ending = noted[ending](a.e, a.id, noteEnding)
	}
	if noted[start](a.e, a.id, noteStarted) != nil {
		a.state, a.running = sdk.Running, true
	}
}

// start copies inputs, if that is how they become private, makes the container's process and starts it.
func (a *attempt) start(ctx context.Context, task engine.Task) (*sdk.Exit, error) {
	name := containerName(a.id)
	prepare, cancel := a.preparation(ctx)
	defer cancel()
	if exit := a.askedToEnd(); exit != nil {
		return a.finished(ctx, exit)
	}
	if task.Status == engine.None {
		err := copyIn(prepare, a.plan)
		if exit := a.askedToEnd(); exit != nil {
			return a.finished(ctx, exit)
		}
		var outside *outsideError
		switch {
		case errors.As(err, &outside):
			return a.finished(ctx, a.failed(sdk.StartFailed, outside.Error()))
		case err != nil:
			return nil, asError(err, "copy the inputs of attempt "+string(a.id))
		}
		folder := a.e.folder(a.id)
		if task.PID, err = a.e.engine.CreateTask(ctx, name, filepath.Join(folder, "stdout"), filepath.Join(folder, "stderr")); err != nil {
			return a.unstarted(ctx, err)
		}
	}
	if err := a.e.connect(ctx, a.id, task.PID, a.plan); err != nil {
		return a.finished(ctx, a.failed(sdk.StartFailed, err.Error()))
	}
	if err := a.e.write(a.id, noteStarted, start{At: time.Now(), Boot: boot()}); err != nil {
		return nil, err
	}
	waiting, stopWaiting := context.WithCancel(ctx)
	defer stopWaiting()
	ended := a.e.engine.Wait(waiting, name)
	if err := a.e.engine.StartTask(ctx, name); err != nil {
		return a.unstarted(ctx, err)
	}
	a.update(func() { a.state, a.running = sdk.Running, true })
	return a.follow(ctx, ended)
}

// unstarted goes on when the process could not be made or started.
func (a *attempt) unstarted(ctx context.Context, err error) (*sdk.Exit, error) {
	switch {
	case engine.IsUnreachable(err) || errors.Is(err, context.Canceled) || engine.IsNotFound(err) || engine.IsExists(err):
		return nil, asError(err, "start the process of attempt "+string(a.id))
	case a.task != nil && !a.copies && len(a.plan.In) == 0 && a.e.lay.fails(a.task.WorkDir, err):
		if err := a.e.engine.RemoveContainer(ctx, containerName(a.id)); err != nil {
			return nil, asError(err, "make the container of attempt "+string(a.id)+" again")
		}
		a.update(func() { a.made, a.copies = false, true })
		return a.make(ctx)
	}
	return a.finished(ctx, a.failed(sdk.StartFailed, "the container cannot be started: "+engine.Message(err)))
}

// follow waits for the end of the container's process, and ends it when its time is over.
func (a *attempt) follow(ctx context.Context, ended <-chan engine.Waited) (*sdk.Exit, error) {
	var expired <-chan time.Time
	if began := noted[start](a.e, a.id, noteStarted); a.plan.Timeout > 0 && began != nil {
		timer := time.NewTimer(time.Until(began.At.Add(a.plan.Timeout)))
		defer timer.Stop()
		expired = timer.C
	}
	if asked := a.asked(); asked != nil { // between the last look and the start, or by an earlier plugin process
		if err := a.stop(ctx); err != nil {
			return nil, err
		}
	}
	trims := time.NewTicker(trimEvery)
	defer trims.Stop()
	for {
		select {
		case <-trims.C:
			a.e.trimLogs(a.id)
		case end := <-ended:
			switch {
			case end.Err == nil:
				return a.collect(ctx, end.Task)
			case engine.IsNotFound(end.Err):
				return a.round(ctx)
			}
			return nil, asError(end.Err, "wait for attempt "+string(a.id))
		case <-expired:
			expired = nil
			if err := a.finish(ctx, sdk.TimedOut, a.e.config.StopGrace); err != nil {
				return nil, err
			}
		}
	}
}

// collect tells how a process ended.
func (a *attempt) collect(ctx context.Context, task engine.Task) (*sdk.Exit, error) {
	a.update(func() { a.over = true })
	used, err := a.e.engine.Usage(ctx, containerName(a.id))
	if err != nil && !engine.IsNotFound(err) && engine.IsUnreachable(err) {
		return nil, asError(err, "ask what attempt "+string(a.id)+" used")
	}
	return a.finished(ctx, a.exitOf(task, used))
}

// finished notes an end and settles it.
func (a *attempt) finished(ctx context.Context, exit *sdk.Exit) (*sdk.Exit, error) {
	if err := a.e.write(a.id, noteEnd, exit); err != nil {
		return nil, err
	}
	return a.settle(ctx, exit)
}

// settle ends what the container has of the host: its shim, its network. After it all of its output is in its files.
func (a *attempt) settle(ctx context.Context, exit *sdk.Exit) (*sdk.Exit, error) {
	a.update(func() { a.over = true })
	if err := a.e.engine.DeleteTask(ctx, containerName(a.id)); err != nil {
		return nil, asError(err, "settle attempt "+string(a.id))
	}
	if err := a.e.disconnect(ctx, a.id, a.plan); err != nil {
		a.warn(err.Error()) // it is no reason to keep the end back
	}
	a.update(func() { a.settled = true })
	return exit, nil
}

// failed is the end of an attempt whose process has not run, or whose end nobody knows.
func (a *attempt) failed(reason sdk.Reason, message string) *sdk.Exit {
	return &sdk.Exit{Reason: reason, Message: message, Node: a.e.node, ImageDigest: a.plan.Digest, Finished: time.Now()}
}
