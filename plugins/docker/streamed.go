package docker

import (
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// mount turns what the agent's host has into the engine's words. An overlay is a
// volume, which the engine makes in the same call as the container.
func mount(m engine.Mount, labels map[string]string) api.Mount {
	if m.Upper == "" {
		return api.Mount{Type: api.BindMount, Source: m.Source, Target: m.Target, ReadOnly: m.ReadOnly}
	}
	return api.Mount{Type: api.VolumeMount, Target: m.Target, VolumeOptions: &api.VolumeOptions{
		NoCopy: true, Labels: labels,
		DriverConfig: &api.VolumeDriver{Name: "local", Options: map[string]string{
			"type": "overlay", "device": "overlay", "o": strings.Join(m.OverlayOptions(), ","),
		}},
	}}
}

// stream mounts a volume for each mount of a task, and says what is copied into
// them before the start and out of them after the end. Labels are those of every
// volume: an engine that cannot make a container leaves those behind that it has
// made for it.
func stream(task *sdk.Task, labels map[string]string) (mounts []api.Mount, p plan) {
	for i, m := range task.Mounts {
		volume := api.Mount{Type: api.VolumeMount, Target: m.Target, VolumeOptions: &api.VolumeOptions{NoCopy: true, Labels: labels}}
		switch m.Role {
		case sdk.Input:
			p.In = append(p.In, transfer{Host: m.Source, Container: m.Target})
		case sdk.Output:
			p.In = append(p.In, transfer{Container: m.Target})
			p.Out = append(p.Out, transfer{Host: m.Source, Container: m.Target})
		case sdk.Static:
			volume.Source, volume.ReadOnly = fmt.Sprintf("%s-static-%d", engine.ContainerName(task.Attempt), i), true
			p.Statics = append(p.Statics, transfer{Host: m.Source, Container: m.Target, Volume: volume.Source})
		case sdk.Scratch:
			p.In = append(p.In, transfer{Container: m.Target})
		}
		mounts = append(mounts, volume)
	}
	return mounts, p
}
