package engine

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// Stop implements [sdk.Executor].
func (e *Executor) Stop(ctx context.Context, id sdk.AttemptID, grace time.Duration) error {
	if e.engine != nil && e.attempts.Known(id) == nil && id.Valid() {
		c, err := e.container(ctx, id)
		if err != nil {
			return err
		}
		if c.State == Ended || readNote[sdk.Exit](e, id, noteExit) != nil {
			return nil
		}
		// Written down first: what is only created must not be started when it
		// is adopted.
		if readNote[attempts.Ending](e, id, noteEnding) == nil {
			if err := e.writeNote(id, noteEnding, attempts.EndNow(sdk.Stopped, grace)); err != nil {
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

// finish asks the attempt to end. The first reason counts, and the soonest end.
func (a *attempt) finish(ctx context.Context, reason sdk.Reason, grace time.Duration) error {
	a.Mu.Lock()
	if a.Exit != nil || a.over {
		a.Mu.Unlock()
		return nil
	}
	asked := a.ending.With(attempts.EndNow(reason, grace))
	if a.ending == nil || asked.Grace != a.ending.Grace {
		if err := a.e.writeNote(a.ID, noteEnding, asked); err != nil {
			a.Mu.Unlock()
			return err
		}
		a.ending = asked
	}
	running, prepare := a.Running, a.prepare
	a.Mu.Unlock()
	if !running { // Run finds out before the start, or right after it
		if prepare != nil {
			prepare()
		}
		a.Retry()
		return nil
	}
	return a.stop(ctx)
}

// stop tells the process to end, and sees to it that it is killed when its time
// is over. It returns when the process has been told.
func (a *attempt) stop(ctx context.Context) error {
	a.Mu.Lock()
	asked, c := *a.ending, a.container
	a.Mu.Unlock()
	doing := "stop attempt " + string(a.ID)
	if time.Until(asked.Until()) <= 0 {
		return asError(a.signal(ctx, c, true), doing)
	}
	if !asked.Told {
		if err := a.signal(ctx, c, false); err != nil {
			return asError(err, doing)
		}
		if err := a.told(); err != nil {
			return err
		}
	}
	a.e.attempts.Go(func() { a.killAt(asked.Until(), c) })
	return nil
}

// told writes down that the process has got its signal. An attempt that has ended
// may have been removed, and nothing is written of it any more.
func (a *attempt) told() error {
	a.Mu.Lock()
	defer a.Mu.Unlock()
	a.ending.Told = true
	if a.Exit != nil {
		return nil
	}
	return a.e.writeNote(a.ID, noteEnding, a.ending)
}

// killAt kills the process at a time, unless it has ended.
func (a *attempt) killAt(when time.Time, c Container) {
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
		if err := a.signal(a.e.attempts.Life, c, true); err == nil {
			return
		}
		timer.Reset(time.Second) // the engine is away
	}
}

// signal sends the container a signal. One that is gone has ended.
func (a *attempt) signal(ctx context.Context, c Container, force bool) error {
	err := a.e.engine.Signal(ctx, c, force)
	if sdk.KindOf(err) == sdk.NotFound {
		return nil
	}
	return err
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
