package sdk

import executorv1 "github.com/raddeploy/raddeploy/sdk/proto"

func containerToWire(c *Container) *executorv1.Container {
	return &executorv1.Container{
		Image:           c.Image,
		Pull:            executorv1.PullPolicy(c.Pull) + executorv1.PullPolicy_PULL_POLICY_ALWAYS,
		Entrypoint:      wordsToWire(c.Entrypoint),
		Command:         wordsToWire(c.Command),
		Env:             convert(c.Env, envToWire),
		User:            c.User,
		WorkingDir:      c.WorkingDir,
		Labels:          c.Labels,
		NetworkDisabled: c.NetworkDisabled,
		IpcMode:         c.IPCMode,
		Ports:           convert(c.Ports, portToWire),
		DeviceRules:     c.DeviceRules,
	}
}

func containerFromWire(c *executorv1.Container) Container {
	pull := PullAlways
	if c.GetPull() == executorv1.PullPolicy_PULL_POLICY_MISSING {
		pull = PullMissing
	}
	return Container{
		Image:           c.GetImage(),
		Pull:            pull,
		Entrypoint:      wordsFromWire(c.GetEntrypoint()),
		Command:         wordsFromWire(c.GetCommand()),
		Env:             convert(c.GetEnv(), envFromWire),
		User:            c.GetUser(),
		WorkingDir:      c.GetWorkingDir(),
		Labels:          c.GetLabels(),
		NetworkDisabled: c.GetNetworkDisabled(),
		IPCMode:         c.GetIpcMode(),
		Ports:           convert(c.GetPorts(), portFromWire),
		DeviceRules:     c.GetDeviceRules(),
	}
}

func resourcesToWire(r *Resources) *executorv1.Resources {
	return &executorv1.Resources{
		Memory:            r.Memory,
		MemoryReservation: r.MemoryReservation,
		MemorySwap:        r.MemorySwap,
		MemorySwappiness:  r.MemorySwappiness,
		ShmSize:           r.ShmSize,
		NanoCpus:          r.NanoCPUs,
		CpuShares:         r.CPUShares,
		CpuPeriod:         r.CPUPeriod,
		CpuQuota:          r.CPUQuota,
		CpuSetCpus:        r.CPUSetCPUs,
		CpuRtPeriod:       r.CPURTPeriod,
		CpuRtRuntime:      r.CPURTRuntime,
		Pids:              r.PIDs,
		DeviceReadBps:     convert(r.DeviceReadBPS, throttleToWire),
		DeviceReadIops:    convert(r.DeviceReadIOPS, throttleToWire),
		DeviceWriteBps:    convert(r.DeviceWriteBPS, throttleToWire),
		DeviceWriteIops:   convert(r.DeviceWriteIOPS, throttleToWire),
	}
}

func resourcesFromWire(r *executorv1.Resources) Resources {
	if r == nil {
		return Resources{}
	}
	return Resources{
		Memory:            r.Memory,
		MemoryReservation: r.MemoryReservation,
		MemorySwap:        r.MemorySwap,
		MemorySwappiness:  r.MemorySwappiness,
		ShmSize:           r.ShmSize,
		NanoCPUs:          r.NanoCpus,
		CPUShares:         r.CpuShares,
		CPUPeriod:         r.CpuPeriod,
		CPUQuota:          r.CpuQuota,
		CPUSetCPUs:        r.CpuSetCpus,
		CPURTPeriod:       r.CpuRtPeriod,
		CPURTRuntime:      r.CpuRtRuntime,
		PIDs:              r.Pids,
		DeviceReadBPS:     convert(r.DeviceReadBps, throttleFromWire),
		DeviceReadIOPS:    convert(r.DeviceReadIops, throttleFromWire),
		DeviceWriteBPS:    convert(r.DeviceWriteBps, throttleFromWire),
		DeviceWriteIOPS:   convert(r.DeviceWriteIops, throttleFromWire),
	}
}

// wordsToWire keeps the difference between nil, the image's own words, and an
// empty list.
func wordsToWire(words []string) *executorv1.Words {
	if words == nil {
		return nil
	}
	return &executorv1.Words{Words: words}
}

func wordsFromWire(w *executorv1.Words) []string {
	if w != nil && w.Words == nil {
		return []string{}
	}
	return w.GetWords()
}

func envToWire(e EnvVar) *executorv1.EnvVar {
	return &executorv1.EnvVar{Name: e.Name, Value: e.Value}
}

func envFromWire(e *executorv1.EnvVar) EnvVar {
	return EnvVar{Name: e.GetName(), Value: e.GetValue()}
}

func portToWire(p Port) *executorv1.Port {
	return &executorv1.Port{Container: int32(p.Container), Protocol: p.Protocol, HostIp: p.HostIP, Host: int32(p.Host)}
}

func portFromWire(p *executorv1.Port) Port {
	return Port{Container: int(p.GetContainer()), Protocol: p.GetProtocol(), HostIP: p.GetHostIp(), Host: int(p.GetHost())}
}

func throttleToWire(t Throttle) *executorv1.Throttle {
	return &executorv1.Throttle{Path: t.Path, Rate: t.Rate}
}

func throttleFromWire(t *executorv1.Throttle) Throttle {
	return Throttle{Path: t.GetPath(), Rate: t.GetRate()}
}
