package agent

import (
	"cmp"
	"context"
	"sync/atomic"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/inventory"
	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/sdk"
)

// executor is one executor instance of the site.
type executor struct {
	*plugin.Executor
	config config.Executor
	// what earlier agents left in its backend and nobody knows is gone
	swept atomic.Bool
	kept  atomic.Pointer[string] // what of that could not be removed, for the operator
}

// described waits until an executor's plugin has said what it is: before that,
// no task can be put to it.
func (e *executor) described(ctx context.Context) error {
	for {
		changed := e.Changed()
		if _, ok := e.Description(); ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (e *executor) up() bool {
	return e.Err() == nil && e.Fingerprint().Health == sdk.Healthy
}

func (e *executor) message() string {
	if err := e.Err(); err != nil {
		return err.Error()
	}
	return e.Fingerprint().Message
}

func (e *executor) state() string {
	switch f := e.Fingerprint(); {
	case f.Health == sdk.Healthy:
		return "healthy"
	case f.Health == sdk.Undetected:
		return "undetected"
	case f.Backend == "" && (e.Err() == nil || e.Generation() == 0):
		return "starting" // it has not told anything yet
	}
	return "unhealthy"
}

// gpus are the site's names of the devices that an executor may use.
func (e *executor) gpus() []string { return e.config.GPUs }

// leftOvers says what keeps its GPUs from being lent although no task of ours
// holds them, or "".
func (e *executor) leftOvers() string {
	if kept := e.kept.Load(); kept != nil && !e.swept.Load() {
		return *kept
	}
	return ""
}

// cpus is how many tasks it is given at once that take no GPU of this host. A
// cluster is given as many as it takes, unless the site says.
func (e *executor) cpus() int {
	if f := e.Fingerprint(); e.config.CPUsByDefault && f.Health == sdk.Healthy && !f.Local {
		return cmp.Or(f.Slots, config.MaxCPUs)
	}
	return e.config.CPUs
}

// devices are what an executor would be told to give to a task, by the site's
// names and what its own backend tells.
func (e *executor) devices(names []string) []sdk.Device {
	i := inventory.New()
	i.Allow(e.Instance(), e.config.GPUs)
	_, _ = i.Tell(e.Instance(), e.Fingerprint()) // which fails to be kept only where it is kept
	return i.Devices(e.Instance(), names)
}
