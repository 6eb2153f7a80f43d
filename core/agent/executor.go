package agent

import (
	"context"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/sdk"
)

// executor is one executor instance of the site.
type executor struct {
	*plugin.Executor
	config config.Executor
}

// described waits until an executor's plugin has said what it is: before that, no task can be put to it.
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

// gpus names the site's devices of an executor so that one device has one name over all executors: by UUID where the backend tells it.
func (e *executor) gpus() []string {
	names := make([]string, len(e.config.GPUs))
	for i, gpu := range e.config.GPUs {
		names[i] = e.device(gpu).name()
	}
	return names
}

type device sdk.Device

func (d device) name() string {
	if d.UUID != "" {
		return d.UUID
	}
	return d.Index
}

// device finds the device that a name means: an index, a UUID or a CDI name. One that the backend does not tell of is what it is called.
func (e *executor) device(name string) device {
	for _, d := range e.Fingerprint().GPUs {
		if name == d.Index || name == d.UUID || name == d.CDI {
			return device(d)
		}
	}
	return device{Index: name}
}

func (e *executor) devices(names []string) []sdk.Device {
	var devices []sdk.Device
	for _, name := range names {
		devices = append(devices, sdk.Device(e.device(name)))
	}
	return devices
}
