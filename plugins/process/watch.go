package process

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/plugins/process/internal/attempt"
	"github.com/raddeploy/raddeploy/sdk"
)

// glance is how often a file that tells something new is looked for. The end of
// an attempt is not looked for: the kernel tells it.
const (
	glance    = 5 * time.Millisecond   // while a root is being built, which takes about as long
	glanceMax = 100 * time.Millisecond // while large inputs are copied, or a log is followed
)

// Watch tells how far the attempt is, then waits for its end.
func (e *Executor) Watch(ctx context.Context, id sdk.AttemptID, emit func(sdk.Event) error) error {
	folder, status, err := e.find(id)
	if err != nil {
		return err
	}
	defer folder.Close()
	if status.Running == nil && status.Exit == nil {
		if err := emit(sdk.Event{State: sdk.Starting}); err != nil {
			return err
		}
	}
	for pause := glance; status.Running == nil && status.Exit == nil; pause = min(2*pause, glanceMax) {
		if _, err := wait(ctx, status.Process, pause); err != nil {
			return err
		}
		if status, err = folder.Status(); err != nil {
			return sdk.Errorf(sdk.Unavailable, "look at attempt %s: %w", id, err)
		}
	}
	if status.Running != nil {
		for _, warning := range status.Running.Warnings {
			if err := emit(sdk.Event{Warning: warning}); err != nil {
				return err
			}
		}
		if err := emit(sdk.Event{State: sdk.Running}); err != nil {
			return err
		}
	}
	// Also when the exit has been written down already: the shim is about to
	// end, and then every trace of its mounts is gone.
	if err := status.Process.Wait(ctx); err != nil {
		return err
	}
	if status, err = folder.Status(); err != nil {
		return sdk.Errorf(sdk.Unavailable, "look at attempt %s: %w", id, err)
	}
	return emit(sdk.Event{Exit: status.Exit})
}

// wait waits for the end of the process, but not longer than the pause.
func wait(ctx context.Context, process attempt.Process, pause time.Duration) (ended bool, err error) {
	short, cancel := context.WithTimeout(ctx, pause)
	defer cancel()
	err = process.Wait(short)
	if err != nil && ctx.Err() == nil && short.Err() != nil {
		return false, nil
	}
	return err == nil, err
}
