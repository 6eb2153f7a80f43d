package containerd

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// Run implements [attempts.Runner]: it brings the attempt to its end. Each round
// begins with what containerd and the notes have.
func (a *attempt) Run(life context.Context) {
	a.Bring(life, attempts.Rounds{
		Round:  a.round,
		Afresh: func(began time.Time, pause time.Duration) bool { return time.Since(began) > pause },
		Forget: func() { a.e.attempts.Forget(a.ID) },
		Ending: sdk.Errorf(sdk.Unavailable, "containerd: the executor is ending"),
	})
}

// round goes on from what there is, up to the end if nothing comes between.
func (a *attempt) round(ctx context.Context) (*sdk.Exit, error) {
	c, err := a.e.engine.FindContainer(ctx, containerName(a.ID))
	if engine.IsNotFound(err) {
		return a.missing(ctx)
	}
	if err != nil {
		return nil, asError(err, "look for attempt "+string(a.ID))
	}
	if _, err := a.e.planOf(c, a.ID); err != nil {
		if a.Accepted() {
			return a.failed(sdk.StartFailed, err.Error()), nil
		}
		return nil, err
	}
	a.Update(func() { a.adoptLocked(c); a.Away = nil; a.AcceptLocked() })
	return a.proceed(ctx)
}

// missing goes on when there is no container of the attempt: there has not been
// one yet, or somebody removed it.
func (a *attempt) missing(ctx context.Context) (*sdk.Exit, error) {
	a.Mu.Lock()
	there, task := a.made, a.task
	a.Mu.Unlock()
	if there || task == nil {
		return a.failed(sdk.Vanished, "the container is gone: somebody else removed it from containerd"), nil
	}
	return a.make(ctx)
}

// proceed goes on with a container.
func (a *attempt) proceed(ctx context.Context) (*sdk.Exit, error) {
	if exit := noted[sdk.Exit](a.e, a.ID, noteEnd); exit != nil {
		return a.settle(ctx, exit)
	}
	task, err := a.e.engine.FindTask(ctx, containerName(a.ID))
	if err != nil {
		return nil, asError(err, "look at attempt "+string(a.ID))
	}
	started := noted[start](a.e, a.ID, noteStarted)
	switch {
	case task.Status == engine.Ended:
		return a.collect(ctx, task)
	case task.Status == engine.Running:
		return a.follow(ctx, a.e.engine.Wait(ctx, containerName(a.ID)))
	case task.Status == engine.None && started != nil:
		return a.finished(ctx, lost(a, started))
	}
	a.AdvanceTo(sdk.Starting)
	return a.start(ctx, task)
}

// adoptLocked takes over what a container tells.
func (a *attempt) adoptLocked(c engine.Container) {
	a.made = true
	if p, err := a.e.planOf(c, a.ID); err == nil {
		a.plan = p
	}
	if a.ending == nil {
		a.ending = noted[attempts.Ending](a.e, a.ID, noteEnding)
	}
	if noted[start](a.e, a.ID, noteStarted) != nil {
		a.State, a.Running = sdk.Running, true
	}
}

// start copies inputs, if that is how they become private, makes the
// container's process and starts it.
func (a *attempt) start(ctx context.Context, task engine.Task) (*sdk.Exit, error) {
	name := containerName(a.ID)
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
			return nil, asError(err, "copy the inputs of attempt "+string(a.ID))
		}
		folder := a.e.folder(a.ID)
		if task.PID, err = a.e.engine.CreateTask(ctx, name, filepath.Join(folder, "stdout"), filepath.Join(folder, "stderr")); err != nil {
			return a.unstarted(ctx, err)
		}
	}
	if err := a.e.connect(ctx, a.ID, task.PID, a.plan); ctx.Err() != nil {
		return nil, asError(ctx.Err(), "connect attempt "+string(a.ID))
	} else if err != nil {
		return a.finished(ctx, a.failed(sdk.StartFailed, err.Error()))
	}
	if err := a.e.write(a.ID, noteStarted, start{At: time.Now(), Boot: boot()}); err != nil {
		return nil, err
	}
	waiting, stopWaiting := context.WithCancel(ctx)
	defer stopWaiting()
	ended := a.e.engine.Wait(waiting, name)
	if err := a.e.engine.StartTask(ctx, name); err != nil {
		return a.unstarted(ctx, err)
	}
	a.Update(func() { a.State, a.Running = sdk.Running, true })
	return a.follow(ctx, ended)
}

// unstarted goes on when the process could not be made or started.
func (a *attempt) unstarted(ctx context.Context, err error) (*sdk.Exit, error) {
	switch {
	case engine.IsUnreachable(err) || errors.Is(err, context.Canceled) || engine.IsNotFound(err) || engine.IsExists(err):
		return nil, asError(err, "start the process of attempt "+string(a.ID))
	case engine.IsInTheWay(err) && a.stillInTheWay():
		select {
		case <-time.After(again):
		case <-ctx.Done():
			return nil, asError(ctx.Err(), "start the process of attempt "+string(a.ID))
		}
		return a.proceed(ctx)
	case a.task != nil && !a.copies && len(a.plan.In) == 0 && a.e.lay.fails(a.task.WorkDir, err):
		if err := a.e.engine.RemoveContainer(ctx, containerName(a.ID)); err != nil {
			return nil, asError(err, "make the container of attempt "+string(a.ID)+" again")
		}
		a.Update(func() { a.made, a.copies = false, true })
		return a.make(ctx)
	}
	return a.finished(ctx, a.unstartable("the container cannot be started", engine.Message(err)))
}

// again is how long is waited before what was in the way is looked at again.
const again = 250 * time.Millisecond

// stillInTheWay tells whether what an earlier plugin process began may still go
// away, or come to be, by itself.
func (a *attempt) stillInTheWay() bool {
	if a.blocked.IsZero() {
		a.blocked = time.Now()
	}
	return time.Since(a.blocked) < time.Minute
}

// follow waits for the end of the container's process, and ends it when its
// time is over.
func (a *attempt) follow(ctx context.Context, ended <-chan engine.Waited) (*sdk.Exit, error) {
	var expired <-chan time.Time
	if began := noted[start](a.e, a.ID, noteStarted); a.plan.Timeout > 0 && began != nil {
		timer := time.NewTimer(time.Until(began.At.Add(a.plan.Timeout)))
		defer timer.Stop()
		expired = timer.C
	}
	// between the last look and the start, or by an earlier plugin process
	if asked := a.asked(); asked != nil {
		if err := a.stop(ctx); err != nil {
			return nil, err
		}
	}
	trims := time.NewTicker(trimEvery)
	defer trims.Stop()
	for {
		select {
		case <-trims.C:
			a.e.trimLogs(a.ID)
		case end := <-ended:
			switch {
			case end.Err == nil:
				return a.collect(ctx, end.Task)
			case engine.IsNotFound(end.Err):
				return a.round(ctx)
			}
			return nil, asError(end.Err, "wait for attempt "+string(a.ID))
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
	a.Update(func() { a.over = true })
	used, err := a.e.engine.Usage(ctx, containerName(a.ID))
	if err != nil && !engine.IsNotFound(err) && engine.IsUnreachable(err) {
		return nil, asError(err, "ask what attempt "+string(a.ID)+" used")
	}
	return a.finished(ctx, a.exitOf(task, used))
}

// finished notes an end and settles it.
func (a *attempt) finished(ctx context.Context, exit *sdk.Exit) (*sdk.Exit, error) {
	if err := a.e.write(a.ID, noteEnd, exit); err != nil {
		return nil, err
	}
	return a.settle(ctx, exit)
}

// settle ends what the container has of the host: its shim, its network. After
// it all of its output is in its files.
func (a *attempt) settle(ctx context.Context, exit *sdk.Exit) (*sdk.Exit, error) {
	a.Update(func() { a.over = true })
	if err := a.e.engine.DeleteTask(ctx, containerName(a.ID)); err != nil {
		return nil, asError(err, "settle attempt "+string(a.ID))
	}
	if err := a.e.disconnect(ctx, a.ID); err != nil {
		// it is no reason to keep the end back, and tried again when the
		// attempt is removed
		a.Warn(err.Error())
	}
	a.Update(func() { a.settled = true })
	return exit, nil
}

// failed is the end of an attempt whose process has not run, or whose end
// nobody knows.
func (a *attempt) failed(reason sdk.Reason, message string) *sdk.Exit {
	return &sdk.Exit{Reason: reason, Message: message, Node: a.e.node, ImageDigest: a.plan.Digest, Finished: time.Now()}
}
