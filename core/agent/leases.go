package agent

import (
	"encoding/json"
	"fmt"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule"
	"github.com/raddeploy/raddeploy/sdk"
)

// thisHost is what executors share whose backends are on the agent's host.
const thisHost = "this host"

// board is what the executors have left while the open attempts hold their leases.
func (a *Agent) board() []schedule.Executor {
	for _, e := range a.executors {
		a.takeStock(e)
	}
	board := make([]schedule.Executor, len(a.executors))
	for i, e := range a.executors {
		tasks, slots := a.inventory.Tasks(e.Instance())
		cpus := e.cpus()
		board[i] = schedule.Executor{
			Instance:    e.Instance(),
			Up:          e.up(),
			Message:     e.message(),
			CPUs:        cpus - slots,
			AllCPUs:     cpus,
			Most:        e.Fingerprint().Slots,
			Tasks:       tasks,
			GPUs:        a.boardGPUs(e),
			ClusterGPUs: e.Fingerprint().ClusterGPUs,
		}
		if a.inventory.Local(e.Instance()) {
			board[i].Host = thisHost
		}
	}
	return board
}

// takeStock takes in what an executor's backend has now. While the backend is
// not well, it has what it had.
func (a *Agent) takeStock(e *executor) {
	f := e.Fingerprint()
	if f.Health != sdk.Healthy {
		return
	}
	change, err := a.inventory.Tell(e.Instance(), f)
	if err != nil {
		a.logger.Error("what executors list is not kept; it counts until the agent ends", "error", err)
	}
	for _, gpu := range change.Lost {
		a.logger.Error("GPU is missing: no task gets it until it is back", "executor", e.Instance(), "gpu", gpu)
	}
	for _, gpu := range change.Back {
		a.logger.Info("GPU is there", "executor", e.Instance(), "gpu", gpu)
	}
}

func (a *Agent) boardGPUs(e *executor) []schedule.GPU {
	var gpus []schedule.GPU
	left := e.leftOvers()
	for _, gpu := range a.inventory.GPUs(e.Instance()) {
		note := left
		if gpu.Stuck != "" {
			note = fmt.Sprintf("GPU %s may still be used by %s", gpu.Shown, gpu.Stuck)
		}
		gpus = append(gpus, schedule.GPU{
			Name:     gpu.Name,
			Free:     !gpu.Held && e.swept.Load(),
			Missing:  gpu.Missing,
			Overlaps: gpu.Overlaps,
			Shown:    gpu.Shown,
			Stuck:    note != "",
			Note:     note,
		})
	}
	return gpus
}

// letGo gives back what an attempt held whose outcome is decided. Its GPUs go
// with it only if its process is known to have ended, or was never begun; else
// they go when the executor has forgotten it.
func (s *scheduler) letGo(e ending) {
	if e.err != nil || ended(e.result.Exit) {
		s.inventory.Release(e.attempt.ID)
	} else {
		s.inventory.End(e.attempt.ID)
	}
}

// keepGPUs takes the GPUs of an attempt of an earlier agent which is decided
// and not yet removed, unless its process is known to have ended.
func (s *scheduler) keepGPUs(attempt run.Attempt) {
	var exit sdk.Exit
	known := attempt.Exit != nil && json.Unmarshal(attempt.Exit, &exit) == nil && ended(exit)
	if len(attempt.GPUs) > 0 && !known {
		s.inventory.Take(attempt)
	}
}

// ended reports whether an exit is an executor's word that a process is no
// more. Those that say otherwise are made up by us, or of a start that may have
// gone half the way.
func ended(exit sdk.Exit) bool { return !exit.Started.IsZero() && !exit.Finished.IsZero() }
