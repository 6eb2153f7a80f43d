package docker

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
)

// ending is why an attempt was asked to end. It is noted in the executor's folder before the engine is told, so that another plugin
// process knows it too.
type ending struct {
	Reason sdk.Reason `json:"reason"`
	At     time.Time  `json:"at"`
	grace  time.Duration
}

// Stop implements [sdk.Executor].
func (e *Executor) Stop(ctx context.Context, id sdk.AttemptID, grace time.Duration) error {
	if e.engine != nil && e.attempts.Known(id) == nil && attemptID.MatchString(string(id)) {
		// Noted first: what is only created must not be started when it is taken over.
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
		if err := e.note(id, &ending{Reason: sdk.Stopped, At: time.Now()}); err != nil {
			return sdk.Errorf(sdk.Unavailable, "note that attempt %s is to end: %w", id, err)
		}
	}
	a, err := e.find(ctx, id, nil)
	if err != nil {
		return err
	}
	return a.finish(ctx, sdk.Stopped, grace)
}

// finish asks the attempt to end. The first reason counts; the request is made each time.
func (a *attempt) finish(ctx context.Context, reason sdk.Reason, grace time.Duration) error {
	a.Mu.Lock()
	if a.Exit != nil || a.over {
		a.Mu.Unlock()
		return nil
	}
	if a.ending == nil {
		asked := &ending{Reason: reason, At: time.Now(), grace: grace}
		if err := a.e.note(a.ID, asked); err != nil {
			a.Mu.Unlock()
			return sdk.Errorf(sdk.Unavailable, "note that attempt %s is to end: %w", a.ID, err)
		}
		a.ending = asked
	}
	a.ending.grace = grace
	running, prepare := a.Running, a.prepare
	a.Mu.Unlock()
	if !running { // run finds out before the start, or right after it
		if prepare != nil {
			prepare()
		}
		a.Retry()
		return nil
	}
	return a.stop(ctx, grace)
}

// stop tells the engine to end the container, and returns when it has been told.
func (a *attempt) stop(ctx context.Context, grace time.Duration) error {
	a.Mu.Lock()
	id := a.container
	a.Mu.Unlock()
	told := make(chan struct{}, 1)
	result := make(chan error, 1)
	a.e.attempts.Go(func() {
		result <- a.e.engine.Stop(a.e.attempts.Life, id, grace, func() {
			select {
			case told <- struct{}{}:
			default:
			}
		})
	})
	select {
	case <-told:
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

func (e *Executor) noteFile(id sdk.AttemptID) string {
	return filepath.Join(e.site.WorkDir, string(id)+".ending")
}

// note writes the request down. A note that is only half there counts as none.
func (e *Executor) note(id sdk.AttemptID, asked *ending) error {
	if e.noted(id) != nil {
		return nil // the first reason counts
	}
	text, err := json.Marshal(asked)
	if err != nil {
		return err
	}
	temporary := e.noteFile(id) + ".new"
	if err := os.WriteFile(temporary, text, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, e.noteFile(id))
}

// noted reads a request that an earlier plugin process wrote down, or nil.
func (e *Executor) noted(id sdk.AttemptID) *ending {
	text, err := os.ReadFile(e.noteFile(id))
	var asked ending
	if err != nil || json.Unmarshal(text, &asked) != nil || asked.Reason == 0 {
		return nil
	}
	return &asked
}

func (e *Executor) dropNote(id sdk.AttemptID) error {
	if err := os.Remove(e.noteFile(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
