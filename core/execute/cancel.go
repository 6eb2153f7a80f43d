package execute

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/sdk"
)

// forceAfter is how long after the request the executor has to end a canceled
// attempt, gently and then by force, before it is asked to do so at once: what
// it had in mind is lost where its plugin was restarted meanwhile.
const forceAfter = 3 * stopGrace

// notStarted is the exit of an attempt that was canceled and that no executor
// has.
var notStarted = sdk.Exit{Reason: sdk.Stopped, Message: "canceled before it was started"}

// cancel stops a watched attempt when it is canceled, until ctx ends.
func (l *life) cancel(ctx context.Context) {
	select {
	case <-l.job.Canceled:
	case <-ctx.Done():
		return
	}
	l.log.Info("canceled: stopping the task")
	l.job.Doing("is being stopped")
	for grace := stopGrace; ; grace = 0 {
		l.askToStop(ctx, grace)
		if wake.Sleep(ctx, forceAfter) != nil {
			return
		}
		l.log.Warn("the canceled task goes on: stopping it by force", "executor", l.job.Attempt.Executor)
	}
}

// pause waits, or until ctx ends. A cancellation ends it once.
func (l *life) pause(ctx context.Context, d time.Duration) error {
	if l.job.canceled() {
		return wake.Sleep(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.job.Canceled:
	case <-ctx.Done():
	}
	return ctx.Err()
}
