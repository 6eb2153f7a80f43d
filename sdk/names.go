package sdk

// String names the state in lower case, such as "pulling".
func (s State) String() string {
	return name(int(s), "", "queued", "pulling", "starting", "running")
}

// String names the reason in words, such as "out of memory".
func (r Reason) String() string {
	return name(int(r), "", "exited", "out of memory", "timed out", "stopped", "start failed", "image unavailable", "preempted", "node lost", "vanished")
}

// String names the health, such as "undetected".
func (h Health) String() string { return name(int(h), "", "undetected", "unhealthy", "healthy") }

// String names the kind in words, such as "not found".
func (k Kind) String() string {
	return name(int(k), "unknown", "invalid argument", "not found", "failed precondition", "unavailable", "resource exhausted", "permission denied", "unimplemented")
}

// String names the role, such as "input".
func (r Role) String() string { return name(int(r), "", "input", "output", "static", "scratch") }

// String names the stream: "stdout" or "stderr".
func (s Stream) String() string { return name(int(s), "", "stdout", "stderr") }

func name(value int, names ...string) string {
	if value < len(names) && names[value] != "" {
		return names[value]
	}
	return "unspecified"
}
