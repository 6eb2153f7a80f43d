package sdk

import executorv1 "github.com/raddeploy/raddeploy/sdk/proto"

func eventToWire(e Event) (*executorv1.WatchResponse, error) {
	set := 0
	response := &executorv1.WatchResponse{}
	if e.State != 0 {
		set++
		response.Event = &executorv1.WatchResponse_State{State: executorv1.State(e.State)}
	}
	if e.Progress != nil {
		set++
		response.Event = &executorv1.WatchResponse_Progress{Progress: progressToWire(*e.Progress)}
	}
	if e.Warning != "" {
		set++
		response.Event = &executorv1.WatchResponse_Warning{Warning: text(e.Warning)}
	}
	if e.Waiting != "" {
		set++
		response.Event = &executorv1.WatchResponse_Waiting{Waiting: text(e.Waiting)}
	}
	if e.Exit != nil {
		set++
		response.Event = &executorv1.WatchResponse_Exit{Exit: exitToWire(e.Exit)}
	}
	if set != 1 {
		return nil, Errorf(Unknown, "the plugin sent an event with %d fields set instead of one: report this to its author", set)
	}
	return response, nil
}

// eventFromWire returns false for an event of a kind that this version does not
// know.
func eventFromWire(response *executorv1.WatchResponse) (Event, bool) {
	switch event := response.GetEvent().(type) {
	case *executorv1.WatchResponse_State:
		known := event.State >= executorv1.State_STATE_QUEUED && event.State <= executorv1.State_STATE_RUNNING
		return Event{State: State(event.State)}, known
	case *executorv1.WatchResponse_Progress:
		progress := progressFromWire(event.Progress)
		return Event{Progress: &progress}, true
	case *executorv1.WatchResponse_Warning:
		return Event{Warning: event.Warning}, true
	case *executorv1.WatchResponse_Waiting:
		return Event{Waiting: event.Waiting}, event.Waiting != ""
	case *executorv1.WatchResponse_Exit:
		return Event{Exit: exitFromWire(event.Exit)}, true
	}
	return Event{}, false
}

func exitToWire(e *Exit) *executorv1.Exit {
	return &executorv1.Exit{
		Reason:      executorv1.Reason(e.Reason),
		Code:        int64(e.Code),
		Signal:      int64(e.Signal),
		Message:     text(e.Message),
		Node:        text(e.Node),
		ImageDigest: text(e.ImageDigest),
		Usage:       usageToWire(e.Usage),
		Started:     timeToWire(e.Started),
		Finished:    timeToWire(e.Finished),
		Permanent:   e.Permanent,
		OomKilled:   e.OOMKilled,
	}
}

// exitFromWire keeps a reason that this version does not know: it is not
// Exited, and so a failure.
func exitFromWire(e *executorv1.Exit) *Exit {
	reason := Vanished
	if e.GetReason() > 0 && e.GetReason() <= 255 {
		reason = Reason(e.GetReason())
	}
	return &Exit{
		Reason:      reason,
		Code:        int(e.GetCode()),
		Signal:      int(e.GetSignal()),
		Message:     e.GetMessage(),
		Node:        e.GetNode(),
		ImageDigest: e.GetImageDigest(),
		Usage:       usageFromWire(e.GetUsage()),
		Started:     timeFromWire(e.GetStarted()),
		Finished:    timeFromWire(e.GetFinished()),
		Permanent:   e.GetPermanent(),
		OOMKilled:   e.GetOomKilled(),
	}
}

func usageToWire(u Usage) *executorv1.Usage {
	return &executorv1.Usage{Cpu: durationToWire(u.CPU), MemoryPeak: u.MemoryPeak}
}

func usageFromWire(u *executorv1.Usage) Usage {
	return Usage{CPU: durationFromWire(u.GetCpu()), MemoryPeak: u.GetMemoryPeak()}
}

func progressToWire(p Progress) *executorv1.Progress {
	return &executorv1.Progress{What: text(p.What), Done: p.Done, Total: p.Total}
}

func progressFromWire(p *executorv1.Progress) Progress {
	return Progress{What: p.GetWhat(), Done: p.GetDone(), Total: p.GetTotal()}
}

func fingerprintToWire(f Fingerprint) *executorv1.FingerprintResponse {
	attributes := make(map[string]string, len(f.Attributes))
	for name, value := range f.Attributes {
		attributes[text(name)] = text(value)
	}
	return &executorv1.FingerprintResponse{
		Health:      executorv1.Health(f.Health),
		Message:     text(f.Message),
		Backend:     text(f.Backend),
		Local:       f.Local,
		Slots:       int64(f.Slots),
		Gpus:        convert(f.GPUs, deviceToWire),
		ClusterGpus: int64(f.ClusterGPUs),
		Attributes:  attributes,
	}
}

// fingerprintFromWire takes a health that this version does not know for Unhealthy.
func fingerprintFromWire(f *executorv1.FingerprintResponse) Fingerprint {
	health := Unhealthy
	if h := f.GetHealth(); h == executorv1.Health_HEALTH_UNDETECTED || h == executorv1.Health_HEALTH_HEALTHY {
		health = Health(h)
	}
	return Fingerprint{
		Health:      health,
		Message:     f.GetMessage(),
		Backend:     f.GetBackend(),
		Local:       f.GetLocal(),
		Slots:       int(f.GetSlots()),
		GPUs:        convert(f.GetGpus(), deviceFromWire),
		ClusterGPUs: int(f.GetClusterGpus()),
		Attributes:  f.GetAttributes(),
	}
}

func chunkToWire(c LogChunk) *executorv1.LogsResponse {
	return &executorv1.LogsResponse{Time: timeToWire(c.Time), Data: c.Data, Next: string(c.Next)}
}

func chunkFromWire(c *executorv1.LogsResponse) LogChunk {
	return LogChunk{Time: timeFromWire(c.GetTime()), Data: c.GetData(), Next: Cursor(c.GetNext())}
}

func heldToWire(h Held) *executorv1.Held {
	return &executorv1.Held{Attempt: string(h.Attempt), Ended: h.Ended}
}

func heldFromWire(h *executorv1.Held) Held {
	return Held{Attempt: AttemptID(h.GetAttempt()), Ended: h.GetEnded()}
}
