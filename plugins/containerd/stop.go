package containerd

import (
	"context"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
)

// ending is why an attempt was asked to end, and how. It is noted before the process is told, so that another plugin process knows it and goes on
// with it: containerd itself sends signals, and kills nobody later.
type ending struct {
	Reason sdk.Reason    `json:"reason"`
	At     time.Time     `json:"at"`
	Grace  time.Duration `json:"grace"`
	Told   bool          `json:"told"` // the process has got its signal
}

// Stop implements [sdk.Executor].
func (e *Executor) Stop(ctx context.Context, id sdk.AttemptID, grace time.Duration) error {
	if e.engine != nil && e.attempts.Known(id) == nil && attemptID.MatchString(string(id)) {
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
		if noted[ending](e, id, noteEnding) == nil {
			if err := e.write(id, noteEnding, ending{Reason: sdk.Stopped, At: time.Now(), Grace: grace}); err != nil {
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
	asked := ending{Reason: reason, At: time.Now(), Grace: grace}
	if a.ending != nil {
		until := asked.until()
		if before := a.ending.until(); before.Before(until) {
			until = before
		}
		asked = ending{Reason: a.ending.Reason, At: a.ending.At, Grace: until.Sub(a.ending.At), Told: a.ending.Told}
	}
	running, made, prepare := a.Running, a.made, a.prepare
	if made {
		if err := a.e.write(a.ID, noteEnding, asked); err != nil {
			a.Mu.Unlock()
			return err
		}
	}
	a.ending = &asked
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

// until is when the process is killed.
func (e *ending) until() time.Time { return e.At.Add(e.Grace) }

// stop tells the process to end, and sees to it that it is killed when its time is over. It returns when the process has been told.
func (a *attempt) stop(ctx context.Context) error {
	a.Mu.Lock()
	asked, p := *a.ending, a.plan
	a.Mu.Unlock()
	doing := "stop attempt " + string(a.ID)
	if time.Until(asked.until()) <= 0 {
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
	a.e.attempts.Go(func() { a.killAt(asked.until(), p) })
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
func (a *attempt) asked() *ending {
	a.Mu.Lock()
	defer a.Mu.Unlock()
	if a.ending == nil {
		return nil
	}
	asked := *a.ending
	return &asked
}

// askedToEnd returns the end of an attempt that was asked to end before its process was started, or nil.
func (a *attempt) askedToEnd() *sdk.Exit {
	asked := a.asked()
	if asked == nil {
		return nil
	}
	return a.failed(asked.Reason, "it was stopped before its process was started")
}
