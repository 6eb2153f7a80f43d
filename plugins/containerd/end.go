package containerd

import (
	"context"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// trimEvery is how often it is looked whether a log has become too long.
const trimEvery = 5 * time.Second

// Wait implements [engine.Engine]. While it waits it keeps the logs short.
func (b *backend) Wait(ctx context.Context, c engine.Container) (engine.End, error) {
	if c.State != engine.Ended {
		ended, err := b.wait(ctx, c)
		if err == nil || !api.IsNotFound(err) {
			return ended, kinds.Of(err)
		}
	}
	task, err := b.api.FindTask(ctx, c.Name)
	switch {
	case err != nil:
		return engine.End{}, kinds.Of(err)
	case task.Status == api.None:
		return b.lost(c), nil
	case task.Status != api.Ended:
		return engine.End{}, sdk.Errorf(sdk.Unavailable, "its process runs, and containerd does not wait for it")
	}
	return b.endOf(ctx, c, task)
}

func (b *backend) wait(ctx context.Context, c engine.Container) (engine.End, error) {
	trims := time.NewTicker(trimEvery)
	defer trims.Stop()
	ended := b.api.Wait(ctx, c.Name)
	for {
		select {
		case <-trims.C:
			b.trimLogs(c.Name)
		case end := <-ended:
			if end.Err != nil {
				return engine.End{}, end.Err
			}
			return b.endOf(ctx, c, end.Task)
		}
	}
}

// endOf tells how a process ended, with what its control group counted.
func (b *backend) endOf(ctx context.Context, c engine.Container, task api.Task) (engine.End, error) {
	used, err := b.api.Usage(ctx, c.Name)
	if api.IsUnreachable(err) && !api.IsNotFound(err) {
		return engine.End{}, kinds.Of(err)
	}
	end := engine.End{
		Code: task.Code, Started: c.Started, Finished: task.Finished, Image: ownPlan(c).Digest, OOMKilled: used.OOMKills > 0,
		Usage: sdk.Usage{CPU: used.CPU, MemoryPeak: used.MemoryPeak},
	}
	switch signal := syscall.Signal(attempts.SignalOf(task.Code)); signal {
	case syscall.SIGKILL, syscall.SIGTERM:
		end.Killed = signal
	}
	return end, nil
}

// lost is the end of a container whose process was started, and of which
// containerd knows nothing any more.
func (b *backend) lost(c engine.Container) engine.End {
	end := engine.End{Image: ownPlan(c).Digest, Reason: sdk.Vanished,
		Message: "the container's process is gone, and it is unknown how it ended: its shim was killed, or somebody removed its task from containerd"}
	if began := noted[start](b, c.Name, noteStarted); began != nil {
		end.Started = began.At
		if began.Boot != boot() {
			end.Reason, end.Message = sdk.NodeLost, "the host was restarted while the container ran"
		}
	}
	return end
}
