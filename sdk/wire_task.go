package sdk

import (
	"encoding/json"
	"fmt"

	executorv1 "github.com/raddeploy/raddeploy/sdk/proto"
)

// taskToWire takes the options as JSON, since the agent does not have the
// plugin's struct.
func taskToWire(t *Task) (*executorv1.Task, error) {
	var options []byte
	switch given := t.Options.(type) {
	case nil:
	case []byte:
		options = given
	case json.RawMessage:
		options = given
	default:
		return nil, Errorf(InvalidArgument, "options of attempt %s: want JSON as []byte, not %T", t.Attempt, t.Options)
	}
	return &executorv1.Task{
		Attempt:     string(t.Attempt),
		Run:         t.Run,
		Flow:        text(t.Flow),
		Version:     text(t.Version),
		Model:       text(t.Model),
		Number:      int64(t.Number),
		Priority:    int64(t.Priority),
		AvoidNodes:  convert(t.AvoidNodes, text),
		Container:   containerToWire(&t.Container),
		Resources:   resourcesToWire(&t.Resources),
		Mounts:      convert(t.Mounts, mountToWire),
		Gpus:        convert(t.GPUs, deviceToWire),
		GpuCount:    int64(t.GPUCount),
		Timeout:     durationToWire(t.Timeout),
		WorkDir:     t.WorkDir,
		OptionsJson: options,
		ExtraJson:   t.Extra,
	}, nil
}

// taskFromWire leaves the options to the caller, who knows their struct.
func taskFromWire(t *executorv1.Task) (*Task, error) {
	if t.GetAttempt() == "" {
		return nil, Errorf(InvalidArgument, "the task has no attempt id")
	}
	mounts := make([]Mount, 0, len(t.GetMounts()))
	for _, m := range t.GetMounts() {
		if m.GetRole() < executorv1.Role_ROLE_INPUT || m.GetRole() > executorv1.Role_ROLE_SCRATCH {
			return nil, fmt.Errorf("mount %q has a role that this plugin does not know: use a newer plugin", m.GetName())
		}
		mounts = append(mounts, Mount{Role: Role(m.GetRole()), Name: m.GetName(), Source: m.GetSource(), Target: m.GetTarget()})
	}
	if len(mounts) == 0 {
		mounts = nil
	}
	return &Task{
		Attempt:    AttemptID(t.GetAttempt()),
		Run:        t.GetRun(),
		Flow:       t.GetFlow(),
		Version:    t.GetVersion(),
		Model:      t.GetModel(),
		Number:     int(t.GetNumber()),
		Priority:   int(t.GetPriority()),
		AvoidNodes: t.GetAvoidNodes(),
		Container:  containerFromWire(t.GetContainer()),
		Resources:  resourcesFromWire(t.GetResources()),
		Mounts:     mounts,
		GPUs:       convert(t.GetGpus(), deviceFromWire),
		GPUCount:   int(t.GetGpuCount()),
		Timeout:    durationFromWire(t.GetTimeout()),
		WorkDir:    t.GetWorkDir(),
		Extra:      t.GetExtraJson(),
	}, nil
}

func mountToWire(m Mount) *executorv1.Mount {
	return &executorv1.Mount{Role: executorv1.Role(m.Role), Name: m.Name, Source: m.Source, Target: m.Target}
}

func deviceToWire(d Device) *executorv1.Device {
	return &executorv1.Device{Index: d.Index, Uuid: d.UUID, Cdi: d.CDI}
}

func deviceFromWire(d *executorv1.Device) Device {
	return Device{Index: d.GetIndex(), UUID: d.GetUuid(), CDI: d.GetCdi()}
}
