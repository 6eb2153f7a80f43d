package docker

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/distribution/reference"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
)

// request is all that is needed to make an attempt's container.
type request struct {
	config *engine.Config
	host   *engine.HostConfig
	plan   plan
	laid   laid
}

// request turns a task into the engine's words. It has no effects.
func (e *Executor) request(task *sdk.Task, info engine.Info, w ways) (*request, sdk.Diagnostics) {
	c, r := task.Container, task.Resources
	mounts, found := e.lay(task, w)
	gpus, complaint := e.gpus(task, info)
	if complaint != nil {
		found = append(found, *complaint)
	}
	if c.Image == "" {
		found = append(found, sdk.Diagnostic{Path: []string{"image"}, Summary: "there is no image"})
	} else if _, err := reference.ParseAnyReference(c.Image); err != nil {
		found = append(found, sdk.Diagnostic{Path: []string{"image"}, Summary: fmt.Sprintf("%q is not a reference to an image: %v", c.Image, err),
			Detail: `write one such as "registry.example.org/model:1.2"`})
	}
	config := &engine.Config{
		Image: c.Image, Entrypoint: c.Entrypoint, Cmd: c.Command, User: c.User, WorkingDir: c.WorkingDir, Labels: map[string]string{},
	}
	for _, v := range c.Env {
		config.Env = append(config.Env, v.Name+"="+v.Value)
	}
	host := &engine.HostConfig{
		NetworkMode: engine.NetworkMode(e.config.Network), IpcMode: engine.IpcMode(c.IPCMode), ShmSize: r.ShmSize,
		Mounts: mounts.mounts, LogConfig: e.logConfig(), Resources: limits(r),
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

	p := plan{Timeout: task.Timeout, In: mounts.in, Out: mounts.out, Statics: len(mounts.statics) > 0, Sealed: host.ReadonlyRootfs}
	maps.Copy(config.Labels, c.Labels)
	maps.Copy(config.Labels, e.attemptLabels(task.Attempt))
	maps.Copy(config.Labels, map[string]string{labelRun: task.Run, labelFlow: task.Flow, labelModel: task.Model, labelPlan: p.String()})
	return &request{config: config, host: host, plan: p, laid: mounts}, found
}

// logConfig keeps logs with the driver that stores any bytes as they are.
// (json-file replaces what is not UTF-8.)
func (e *Executor) logConfig() engine.LogConfig {
	return engine.LogConfig{Type: "local", Config: map[string]string{
		"max-size": strconv.FormatInt(int64(e.config.LogMaxSize), 10), "max-file": strconv.Itoa(e.config.LogMaxFiles), "compress": "false",
	}}
}

func limits(r sdk.Resources) engine.Resources {
	return engine.Resources{
		Memory: r.Memory, MemoryReservation: r.MemoryReservation, MemorySwap: r.MemorySwap, MemorySwappiness: r.MemorySwappiness,
		NanoCPUs: r.NanoCPUs, CPUShares: r.CPUShares, CPUPeriod: r.CPUPeriod, CPUQuota: r.CPUQuota, CpusetCpus: r.CPUSetCPUs,
		CPURealtimePeriod: r.CPURTPeriod, CPURealtimeRuntime: r.CPURTRuntime,
		BlkioDeviceReadBps: throttles(r.DeviceReadBPS), BlkioDeviceReadIOps: throttles(r.DeviceReadIOPS),
		BlkioDeviceWriteBps: throttles(r.DeviceWriteBPS), BlkioDeviceWriteIOps: throttles(r.DeviceWriteIOPS),
	}
}

func throttles(list []sdk.Throttle) []*engine.ThrottleDevice {
	var out []*engine.ThrottleDevice
	for _, t := range list {
		out = append(out, &engine.ThrottleDevice{Path: t.Path, Rate: t.Rate})
	}
	return out
}

func publish(ports []sdk.Port, config *engine.Config, host *engine.HostConfig) {
	for _, p := range ports {
		if config.ExposedPorts == nil {
			config.ExposedPorts, host.PortBindings = engine.PortSet{}, engine.PortMap{}
		}
		protocol := p.Protocol
		if protocol == "" {
			protocol = "tcp"
		}
		port := engine.Port(fmt.Sprintf("%d/%s", p.Container, protocol))
		config.ExposedPorts[port] = struct{}{}
		binding := engine.PortBinding{HostIP: p.HostIP}
		if p.Host != 0 {
			binding.HostPort = strconv.Itoa(p.Host)
		}
		host.PortBindings[port] = append(host.PortBindings[port], binding)
	}
}
