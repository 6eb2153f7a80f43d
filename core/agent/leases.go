package agent

import "github.com/raddeploy/raddeploy/core/run"

// leases says what the open attempts hold: CPU slots of executors, and GPUs of the host.
type leases struct {
	cpus map[string]int // slots taken, by executor instance
	gpus map[string]bool
}

func newLeases() leases { return leases{make(map[string]int), make(map[string]bool)} }

func (l leases) take(a run.Attempt) {
	if len(a.GPUs) == 0 {
		l.cpus[a.Executor]++
	}
	for _, gpu := range a.GPUs {
		l.gpus[gpu] = true
	}
}

func (l leases) release(a run.Attempt) {
	if len(a.GPUs) == 0 {
		l.cpus[a.Executor]--
	}
	for _, gpu := range a.GPUs {
		delete(l.gpus, gpu)
	}
}
