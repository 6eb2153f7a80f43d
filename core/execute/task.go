package execute

import (
	"encoding/json"
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/sdk"
)

// backstop is how much later than the agent the executor ends an attempt that
// exceeds its time.
const backstop = 30 * time.Second

// task says in the executor contract's terms what an attempt runs.
func (e *Engine) task(job *Job, mounts []sdk.Mount, options []byte) (*sdk.Task, error) {
	extra, err := e.extra(job)
	if err != nil {
		return nil, err
	}
	model := job.model()
	task := &sdk.Task{
		Attempt:    job.id(),
		Run:        string(job.Run.ID),
		Flow:       job.Flow.Name,
		Version:    job.Flow.Version,
		Model:      model.Name,
		Number:     job.Attempt.Number,
		Priority:   job.Flow.Priority,
		AvoidNodes: job.AvoidNodes,
		Container:  container(job),
		Resources:  resources(model),
		Mounts:     mounts,
		GPUs:       job.Devices,
		GPUCount:   model.GPUs,
		WorkDir:    e.Layout.Work(job.Run.ID, job.Attempt.Task, job.Attempt.Number),
		Options:    json.RawMessage(options),
		Extra:      extra,
	}
	if model.Timeout > 0 {
		task.Timeout = model.Timeout + backstop
	}
	return task, nil
}

func container(job *Job) sdk.Container {
	model := job.model()
	c := &model.Container
	pull := sdk.PullMissing
	if model.PullBeforeExec {
		pull = sdk.PullAlways
	}
	return sdk.Container{
		Image:           c.Image,
		Pull:            pull,
		Entrypoint:      c.Entrypoint,
		Command:         c.Command,
		Env:             environment(job),
		User:            c.User,
		WorkingDir:      c.WorkingDir,
		Labels:          c.Labels,
		NetworkDisabled: c.NetworkDisabled,
		IPCMode:         c.IPCMode,
		Ports:           convert(c.Ports, func(p flow.Port) sdk.Port { return sdk.Port(p) }),
		DeviceRules:     c.DeviceRules,
	}
}

// environment is the flow's, and what every container gets.
func environment(job *Job) []sdk.EnvVar {
	model := job.model()
	env := []sdk.EnvVar{
		{Name: "FLOW_UID", Value: string(job.Run.ID)},
		{Name: "CONTAINER_TAG", Value: model.Container.Image},
		{Name: "RADDEPLOY_FLOW", Value: job.Flow.Name},
		{Name: "RADDEPLOY_VERSION", Value: job.Flow.Version},
		{Name: "RADDEPLOY_MODEL", Value: model.Name},
		{Name: "RADDEPLOY_ATTEMPT", Value: string(job.Attempt.ID)},
		{Name: "RADDEPLOY_SENDER_AE", Value: string(job.Run.Sender.CallingAE)},
	}
	return append(env, convert(model.Container.Environment, func(v flow.EnvVar) sdk.EnvVar { return sdk.EnvVar(v) })...)
}

func resources(m *flow.Model) sdk.Resources {
	c := &m.Container
	throttle := func(t flow.Throttle) sdk.Throttle { return sdk.Throttle(t) }
	return sdk.Resources{
		Memory:            c.MemLimit,
		MemoryReservation: c.MemReservation,
		MemorySwap:        c.MemSwapLimit,
		MemorySwappiness:  c.MemSwappiness,
		ShmSize:           sharedMemory(m),
		NanoCPUs:          c.NanoCPUs,
		CPUShares:         c.CPUShares,
		CPUPeriod:         c.CPUPeriod,
		CPUQuota:          c.CPUQuota,
		CPUSetCPUs:        c.CPUSetCPUs,
		CPURTPeriod:       c.CPURTPeriod,
		CPURTRuntime:      c.CPURTRuntime,
		DeviceReadBPS:     convert(c.DeviceReadBPS, throttle),
		DeviceReadIOPS:    convert(c.DeviceReadIOPS, throttle),
		DeviceWriteBPS:    convert(c.DeviceWriteBPS, throttle),
		DeviceWriteIOPS:   convert(c.DeviceWriteIOPS, throttle),
	}
}

func convert[A, B any](all []A, one func(A) B) []B {
	if all == nil {
		return nil
	}
	converted := make([]B, len(all))
	for i, a := range all {
		converted[i] = one(a)
	}
	return converted
}
