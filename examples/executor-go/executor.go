package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Executor keeps the promises of sdk.Executor. It remembers nothing of
// attempts: each call finds what it needs in the backend, by the attempt's id.
// So it makes no difference whether this process or one that was killed began
// an attempt.
type Executor struct {
	config  *Config
	backend backend
	roots   []string
}

// What the compiler checks here, `raddeploy plugin list` shows as capabilities.
var (
	_ sdk.Executor  = (*Executor)(nil)
	_ sdk.LogReader = (*Executor)(nil)
)

// Configure takes notes. Whether the backend is there is for Fingerprint to
// tell.
func (e *Executor) Configure(_ context.Context, site sdk.Site) error {
	if e.config.Slots < 0 {
		return sdk.Diagnostics{{Path: []string{"config", "slots"}, Summary: "slots cannot be negative"}}.Err()
	}
	// Two agents may share a backend. What is made there bears the site's name,
	// so that List and Remove concern only one's own.
	e.backend = backend{dir: filepath.Join(site.WorkDir, "site-"+site.Name), shell: e.config.Shell}
	e.roots = site.Roots
	return nil
}

// Start hands the task to the backend and returns. It is called twice if the
// agent does not know whether it was called: the backend then has the attempt
// already, which is no error.
func (e *Executor) Start(ctx context.Context, task *sdk.Task) (sdk.Handle, error) {
	if found, err := e.ValidateTask(ctx, task); err != nil || found.Failed() {
		return nil, errors.Join(err, found.Err())
	}
	job, err := e.job(task)
	if err != nil {
		return nil, err
	}
	if err := e.backend.reach(); err != nil {
		return nil, sdk.Errorf(sdk.Unavailable, "start attempt %s: %w", task.Attempt, err) // tried again later, without end
	}
	if err := e.backend.start(task.Attempt, job); err != nil {
		return nil, fmt.Errorf("start attempt %s: %w", task.Attempt, err) // without a kind: the attempt has failed
	}
	return nil, nil // no handle: the attempt's id is enough to find it again
}

// Recover is called for each attempt that was open when the plugin ended. Here
// it is enough to look.
func (e *Executor) Recover(_ context.Context, task *sdk.Task, _ sdk.Handle) error {
	_, err := e.find(task.Attempt)
	return err
}

// Stop makes the request and leaves its enforcement to the backend, which
// outlives this process.
func (e *Executor) Stop(_ context.Context, attempt sdk.AttemptID, grace time.Duration) error {
	status, err := e.find(attempt)
	if err != nil || status.exit != nil {
		return err
	}
	return e.backend.request(attempt, "stopped", grace)
}

// Remove forgets an ended attempt, and all that was made for it but the files
// in its mounts.
func (e *Executor) Remove(_ context.Context, attempt sdk.AttemptID) error {
	status, err := e.find(attempt)
	if err == nil && status.exit == nil {
		return sdk.Errorf(sdk.FailedPrecondition, "remove attempt %s: it still runs", attempt)
	}
	if err != nil && sdk.KindOf(err) != sdk.NotFound {
		return err
	}
	return e.backend.remove(attempt)
}

// List names what the backend holds of this site. The agent removes what it
// does not know.
func (e *Executor) List(context.Context) ([]sdk.Held, error) {
	attempts, err := e.backend.list()
	if err != nil { // an empty list would say that they are gone
		return nil, sdk.Errorf(sdk.Unavailable, "list: %w", err)
	}
	var held []sdk.Held
	for _, attempt := range attempts {
		status, err := e.find(attempt)
		if err != nil && sdk.KindOf(err) != sdk.NotFound {
			return nil, err
		}
		held = append(held, sdk.Held{Attempt: attempt, Ended: err != nil || status.exit != nil}) // what never began is there to be removed
	}
	return held, nil
}

// find asks the backend for an attempt.
func (e *Executor) find(attempt sdk.AttemptID) (status, error) {
	found, err := e.backend.status(attempt)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return found, sdk.Errorf(sdk.NotFound, "attempt %s is not known", attempt)
	case err != nil: // "cannot tell now" is never told as an end
		return found, sdk.Errorf(sdk.Unavailable, "look at attempt %s: %w", attempt, err)
	}
	return found, nil
}
