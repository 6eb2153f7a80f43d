package docker

import (
	"cmp"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
)

// gpus asks for a task's GPUs in the words that the engine knows. CDI needs an
// engine that reads CDI specs and devices that the host has specs for;
// everything else goes to NVIDIA's runtime hook, by UUID where there is one.
// One request cannot be half the one and half the other.
func (b *backend) gpus(task *sdk.Task, info api.Info) ([]api.DeviceRequest, *sdk.Diagnostic) {
	if len(task.GPUs) == 0 {
		if task.GPUCount == 0 {
			return nil, nil
		}
		return []api.DeviceRequest{{Driver: "nvidia", Count: task.GPUCount, Capabilities: [][]string{{"gpu"}}}}, nil
	}
	known := len(info.CDISpecDirs) > 0 && !slices.ContainsFunc(task.GPUs, func(d sdk.Device) bool { return d.CDI == "" })
	if b.config.GPUs == "cdi" && !known {
		return nil, &sdk.Diagnostic{Path: []string{"gpu"}, Summary: "the GPU cannot be given to a container by CDI",
			Detail: `CDI needs Docker 25 or later with the feature on, and a spec made by "nvidia-ctk cdi generate"; or set gpus = "nvidia"`}
	}
	var ids []string
	if known && b.config.GPUs != "nvidia" {
		for _, device := range task.GPUs {
			ids = append(ids, device.CDI)
		}
		return []api.DeviceRequest{{Driver: "cdi", DeviceIDs: ids}}, nil
	}
	for _, device := range task.GPUs {
		id := cmp.Or(device.UUID, device.Index)
		if id == "" {
			return nil, &sdk.Diagnostic{Path: []string{"gpu"}, Summary: "GPU " + device.CDI + " is known by its CDI name only, and this engine cannot be asked by that",
				Detail: "name it by index or UUID in the site's gpus, or use Docker 25 or later with CDI on"}
		}
		ids = append(ids, id)
	}
	return []api.DeviceRequest{{Driver: "nvidia", DeviceIDs: ids, Capabilities: [][]string{{"gpu"}}}}, nil
}

// visibleDevices is how NVIDIA's runtime is told which GPUs a container has. Images
// set it, to all of them as a rule.
const visibleDevices = "NVIDIA_VISIBLE_DEVICES"

// withoutGPUs is the environment of a container that was leased no GPU: where every
// container runs by NVIDIA's runtime, it would have the GPUs of other tasks.
func withoutGPUs(env []string, info api.Info) []string {
	if !strings.Contains(info.DefaultRuntime, "nvidia") {
		return env
	}
	env = slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, visibleDevices+"=") })
	return append(env, visibleDevices+"=void")
}
