package containerd

import (
	"context"
	"path/filepath"
	"time"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// Start implements [engine.Engine]: it makes the container's process, connects
// it to its network and starts it.
func (b *backend) Start(ctx context.Context, c engine.Container) error {
	task, err := b.makeTask(ctx, c.Name)
	if err != nil {
		return err
	}
	if task.Status == api.Running || task.Status == api.Ended {
		return nil // an earlier call has done it
	}
	if err := b.connect(ctx, c.Name, task.PID, ownPlan(c)); ctx.Err() != nil {
		return ctx.Err()
	} else if err != nil {
		return err
	}
	if err := b.write(c.Name, noteStarted, start{At: time.Now(), Boot: boot()}); err != nil {
		return err
	}
	return startError(b.api.StartTask(ctx, c.Name))
}

// makeTask makes the container's process, which then waits to be started, unless
// there is one. What an earlier plugin process began may be in the way for a
// while, until it goes away or comes to be by itself.
func (b *backend) makeTask(ctx context.Context, name string) (api.Task, error) {
	const atMost, again = time.Minute, 250 * time.Millisecond
	for began := time.Now(); ; {
		task, err := b.api.FindTask(ctx, name)
		if err != nil || task.Status != api.None {
			return task, kinds.Of(err)
		}
		folder := b.folder(name)
		task.PID, err = b.api.CreateTask(ctx, name, filepath.Join(folder, "stdout"), filepath.Join(folder, "stderr"))
		if !api.IsInTheWay(err) || time.Since(began) > atMost {
			return task, startError(err)
		}
		select {
		case <-time.After(again):
		case <-ctx.Done():
			return task, ctx.Err()
		}
	}
}

// startError gives an error its kind that came while a process was started.
func startError(err error) error {
	if api.IsExists(err) && !api.IsInTheWay(err) {
		return sdk.Errorf(sdk.Unavailable, "another process is starting it: %w", kinds.Said(err))
	}
	return kinds.OfContainer(err)
}
