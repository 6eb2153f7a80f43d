package containerd

import (
	"context"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// Stop implements [sdk.Executor].
func (e *Executor) Stop(ctx context.Context, id sdk.AttemptID, grace time.Duration) error {
	if e.engine != nil && e.attempts.Known(id) == nil && id.Valid() {
		// Noted first: what is only made must not be started when it is taken over.
		c, err := e.engine.FindContainer(ctx, containerName(id))
		if err != nil {
			return asError(err, "look for attempt "+string(id))
		}
		if _, err := e.planOf(c, id); err != nil {
			return err
		}
		if noted[sdk.Exit](e, id, noteEnd) != nil {
			return nil
		}
		task, err := e.engine.FindTask(ctx, containerName(id))
		if err != nil {
			return asError(err, "look at attempt "+string(id))
		}
		if task.Status == engine.Ended {
			return nil
		}
		if noted[attempts.Ending](e, id, noteEnding) == nil {
			if err := e.write(id, noteEnding, attempts.EndNow(sdk.Stopped, grace)); err != nil {
				return err
			}
		}
	}
	a, err := e.find(ctx, id, nil)
	if err != nil {
		return err
	}
	return a.finish(ctx, sdk.Stopped, grace)
}

// finish asks the attempt to end. The first reason counts, and the shortest time.
func (a *attempt) finish(ctx context.Context, reason sdk.Reason, grace time.Duration) error {
	a.Mu.Lock()
	if a.Exit != nil || a.over {
		a.Mu.Unlock()
		return nil
	}
	asked := a.ending.With(attempts.EndNow(reason, grace))
	running, made, prepare := a.Running, a.made, a.prepare
	if made {
		if err := a.e.write(a.ID, noteEnding, asked); err != nil {
			a.Mu.Unlock()
			return err
		}
	}
	a.ending = asked
	a.Mu.Unlock()
	if !running { // run finds out before the start, or right after it
		if prepare != nil {
			prepare()
		}
		a.Retry()
		return nil
	}
	return a.stop(ctx)
}

// stop tells the process to end, and sees to it that it is killed when its time
// is over: containerd itself sends signals, and kills nobody later. It returns
// when the process has been told.
func (a *attempt) stop(ctx context.Context) error {
	a.Mu.Lock()
	asked, p := *a.ending, a.plan
	a.Mu.Unlock()
	doing := "stop attempt " + string(a.ID)
	if time.Until(asked.Until()) <= 0 {
		return asError(a.kill(ctx, p), doing)
	}
	if !asked.Told {
		if err := a.e.engine.Signal(ctx, containerName(a.ID), p.StopSignal, false); err != nil {
			return asError(err, doing)
		}
		a.Mu.Lock()
		a.ending.Told = true
		err := a.e.write(a.ID, noteEnding, a.ending)
		a.Mu.Unlock()
		if err != nil {
			return err
		}
	}
	a.e.attempts.Go(func() { a.killAt(asked.Until(), p) })
	return nil
}

// killAt kills the process at a time, unless it has ended.
func (a *attempt) killAt(when time.Time, p plan) {
	timer := time.NewTimer(time.Until(when))
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-a.Done:
			return
		case <-a.e.attempts.Life.Done():
			return
		}
		if err := a.kill(a.e.attempts.Life, p); err == nil {
			return
		}
		timer.Reset(time.Second) // containerd is away
	}
}

func (a *attempt) kill(ctx context.Context, p plan) error {
	return a.e.engine.Signal(ctx, containerName(a.ID), syscall.SIGKILL, p.All)
}

// asked returns the request to end the attempt, if there is one.
func (a *attempt) asked() *attempts.Ending {
	a.Mu.Lock()
	defer a.Mu.Unlock()
	if a.ending == nil {
		return nil
	}
	asked := *a.ending
	return &asked
}

// askedToEnd returns the end of an attempt that was asked to end before its
// process was started, or nil.
func (a *attempt) askedToEnd() *sdk.Exit {
	asked := a.asked()
	if asked == nil {
		return nil
	}
	return a.failed(asked.Reason, "it was stopped before its process was started")
}
