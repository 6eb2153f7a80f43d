package docker

import (
	"context"
	"fmt"
	"maps"
	"strconv"

	"github.com/distribution/reference"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// Check implements [engine.Engine].
func (b *backend) Check(ctx context.Context, task *sdk.Task) sdk.Diagnostics {
	info, err := b.info(ctx)
	if err != nil {
		info = api.Info{} // what depends on the engine is told when it answers
	}
	_, _, found := b.words(task, info)
	if task.Container.Image == "" {
		return found
	}
	if _, err := reference.ParseAnyReference(task.Container.Image); err != nil {
		found = append(found, sdk.Diagnostic{Path: []string{"image"}, Summary: fmt.Sprintf("%q is not a reference to an image: %v", task.Container.Image, err),
			Detail: `write one such as "registry.example.org/model:1.2"`})
	}
	return found
}

// request turns what a container is to be into the engine's words. It has no
// effects.
func (b *backend) request(r *engine.Request, info api.Info) (*api.Config, *api.HostConfig, sdk.Diagnostics) {
	config, host, found := b.words(r.Task, info)
	maps.Copy(config.Labels, r.Labels)
	marks := engine.Marks(r.Labels)
	if r.Way == engine.Streamed {
		mounts, p := stream(r.Task, marks)
		p.Sealed = host.ReadonlyRootfs
		host.Mounts, config.Labels[labelPlan] = mounts, p.String()
	}
	for _, m := range r.Mounts {
		host.Mounts = append(host.Mounts, mount(m, marks))
	}
	return config, host, found
}

// words turns a task into the engine's words, but for its mounts and labels.
func (b *backend) words(task *sdk.Task, info api.Info) (*api.Config, *api.HostConfig, sdk.Diagnostics) {
	var found sdk.Diagnostics
	c, r := task.Container, task.Resources
	gpus, complaint := b.gpus(task, info)
	if complaint != nil {
		found = append(found, *complaint)
	}
	config := &api.Config{
		Image: c.Image, Entrypoint: c.Entrypoint, Cmd: c.Command, User: c.User, WorkingDir: c.WorkingDir, Labels: map[string]string{},
	}
	for _, v := range c.Env {
		config.Env = append(config.Env, v.Name+"="+v.Value)
	}
	host := &api.HostConfig{
		NetworkMode: api.NetworkMode(b.config.Network), IpcMode: api.IpcMode(c.IPCMode), ShmSize: r.ShmSize,
		LogConfig: b.logConfig(), Resources: limits(r),
	}
	options, _ := task.Options.(*Options)
	if options != nil {
		found = append(found, options.apply(config, host)...)
	}
	if c.NetworkDisabled {
		host.NetworkMode = "none"
	}
	host.DeviceCgroupRules, host.DeviceRequests = c.DeviceRules, gpus
	if len(gpus) == 0 && host.Runtime == "" {
		config.Env = withoutGPUs(config.Env, info)
	}
	publish(c.Ports, config, host)
	if r.PIDs != 0 {
		host.PidsLimit = &r.PIDs
	}
	return config, host, found
}

// logConfig keeps logs with the driver that stores any bytes as they are.
// (json-file replaces what is not UTF-8.)
func (b *backend) logConfig() api.LogConfig {
	return api.LogConfig{Type: "local", Config: map[string]string{
		"max-size": strconv.FormatInt(int64(b.config.LogMaxSize), 10), "max-file": strconv.Itoa(b.config.LogMaxFiles), "compress": "false",
	}}
}

func limits(r sdk.Resources) api.Resources {
	return api.Resources{
		Memory: r.Memory, MemoryReservation: r.MemoryReservation, MemorySwap: r.MemorySwap, MemorySwappiness: r.MemorySwappiness,
		NanoCPUs: r.NanoCPUs, CPUShares: r.CPUShares, CPUPeriod: r.CPUPeriod, CPUQuota: r.CPUQuota, CpusetCpus: r.CPUSetCPUs,
		CPURealtimePeriod: r.CPURTPeriod, CPURealtimeRuntime: r.CPURTRuntime,
		BlkioDeviceReadBps: throttles(r.DeviceReadBPS), BlkioDeviceReadIOps: throttles(r.DeviceReadIOPS),
		BlkioDeviceWriteBps: throttles(r.DeviceWriteBPS), BlkioDeviceWriteIOps: throttles(r.DeviceWriteIOPS),
	}
}

func throttles(list []sdk.Throttle) []*api.ThrottleDevice {
	var out []*api.ThrottleDevice
	for _, t := range list {
		out = append(out, &api.ThrottleDevice{Path: t.Path, Rate: t.Rate})
	}
	return out
}

func publish(ports []sdk.Port, config *api.Config, host *api.HostConfig) {
	for _, p := range ports {
		if config.ExposedPorts == nil {
			config.ExposedPorts, host.PortBindings = api.PortSet{}, api.PortMap{}
		}
		protocol := p.Protocol
		if protocol == "" {
			protocol = "tcp"
		}
		port := api.Port(fmt.Sprintf("%d/%s", p.Container, protocol))
		config.ExposedPorts[port] = struct{}{}
		binding := api.PortBinding{HostIP: p.HostIP}
		if p.Host != 0 {
			binding.HostPort = strconv.Itoa(p.Host)
		}
		host.PortBindings[port] = append(host.PortBindings[port], binding)
	}
}
