package docker

import (
	"context"
	"path/filepath"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// Stop implements [sdk.Executor].
func (e *Executor) Stop(ctx context.Context, id sdk.AttemptID, grace time.Duration) error {
	if e.engine != nil && e.attempts.Known(id) == nil && id.Valid() {
		// Noted first: what is only created must not be started when it is
		// taken over.
		c, err := e.engine.Inspect(ctx, containerName(id))
		if err != nil {
			return asError(err, "look for attempt "+string(id))
		}
		if _, err := e.planOf(c, id); err != nil {
			return err
		}
		if c.Ended() {
			return nil
		}
		if e.noted(id) == nil {
			if err := e.note(id, attempts.EndNow(sdk.Stopped, grace)); err != nil {
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

// finish asks the attempt to end. The first reason counts, and the sooner end.
func (a *attempt) finish(ctx context.Context, reason sdk.Reason, grace time.Duration) error {
	a.Mu.Lock()
	if a.Exit != nil || a.over {
		a.Mu.Unlock()
		return nil
	}
	asked := a.ending.With(attempts.EndNow(reason, grace))
	sooner := a.ending == nil || asked.Grace < a.ending.Grace
	if sooner {
		asked.Told = false
		if err := a.e.note(a.ID, asked); err != nil {
			a.Mu.Unlock()
			return err
		}
		a.ending = asked
	}
	told, running, prepare := a.ending.Told, a.Running, a.prepare
	a.Mu.Unlock()
	switch {
	case !running: // run finds out before the start, or right after it
		if prepare != nil {
			prepare()
		}
		a.Retry()
		return nil
	case told: // it would get its signal once more, and no sooner end
		return nil
	}
	return a.stop(ctx)
}

// stop tells the engine to end the container in the time that is left, and
// returns when it has been told.
func (a *attempt) stop(ctx context.Context) error {
	a.Mu.Lock()
	id, asked := a.container, *a.ending
	a.Mu.Unlock()
	sent := make(chan struct{}, 1)
	result := make(chan error, 1)
	a.e.attempts.Go(func() {
		err := a.e.engine.Stop(a.e.attempts.Life, id, time.Until(asked.Until()), func() {
			a.tell(asked, true)
			select {
			case sent <- struct{}{}:
			default:
			}
		})
		if err != nil && !engine.IsNotFound(err) && a.e.attempts.Life.Err() == nil {
			a.tell(asked, false) // whether it was heard nobody knows
		}
		result <- err
	})
	select {
	case <-sent:
		return nil
	case err := <-result:
		if engine.IsNotFound(err) {
			return nil
		}
		return asError(err, "stop attempt "+string(a.ID))
	case <-ctx.Done():
		return sdk.Errorf(sdk.Unavailable, "stop attempt %s: %w", a.ID, ctx.Err())
	}
}

// tell notes whether the engine has been told of an ending, unless there is a
// sooner one by now. Without the note it would be told once more.
func (a *attempt) tell(of attempts.Ending, told bool) {
	a.Mu.Lock()
	defer a.Mu.Unlock()
	if a.Exit == nil && a.ending.Grace == of.Grace {
		a.ending.Told = told
		_ = a.e.note(a.ID, a.ending)
	}
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

func (e *Executor) noteFile(id sdk.AttemptID) string {
	return filepath.Join(e.site.WorkDir, string(id)+".ending")
}

// note writes a request down.
func (e *Executor) note(id sdk.AttemptID, asked *attempts.Ending) error {
	if err := attempts.WriteNote(e.noteFile(id), asked); err != nil {
		return sdk.Errorf(sdk.Unavailable, "note that attempt %s is to end: %w", id, err)
	}
	return nil
}

// noted reads a request that an earlier plugin process wrote down, or nil.
func (e *Executor) noted(id sdk.AttemptID) *attempts.Ending {
	return attempts.ReadNote[attempts.Ending](e.noteFile(id))
}

func (e *Executor) dropNote(id sdk.AttemptID) error { return attempts.DropNote(e.noteFile(id)) }
