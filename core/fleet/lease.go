package fleet

import (
	"fmt"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
	"github.com/raddeploy/raddeploy/sdk"
)

// thisHost is what executors share whose backends are on the agent's host.
const thisHost = "this host"

// Board is what the executors have left while the open attempts hold their
// leases.
func (f *Fleet) Board() []plan.Executor {
	executors := f.Executors()
	for _, e := range executors {
		f.takeStock(e)
	}
	board := make([]plan.Executor, len(executors))
	for i, e := range executors {
		tasks, slots := f.inventory.Tasks(e.Instance())
		board[i] = e.Offer()
		e.breaker.limit(&board[i])
		board[i].CPUs -= slots
		board[i].Tasks = tasks
		board[i].GPUs = f.gpus(e)
		if f.Local(e.Instance()) {
			board[i].Host = thisHost
		}
		f.withhold(&board[i])
		if e.leaving.Load() { // its tasks still hold slots of the host
			board[i].Up, board[i].Message = false, e.Message()
		}
	}
	return board
}

// Local tells whether an executor's tasks run on this host, as far as it is known.
func (f *Fleet) Local(instance string) bool { return f.inventory.Local(instance) }

// takeStock records what an executor's backend has now. While the backend is not
// healthy, it has what it had.
func (f *Fleet) takeStock(e *Executor) {
	told := e.Fingerprint()
	if told.Health != sdk.Healthy {
		return
	}
	change, err := f.inventory.Tell(e.Instance(), told)
	if err != nil {
		f.logger.Error("cannot save the GPU inventory; it is kept in memory until the agent stops", "error", err)
	}
	for _, gpu := range change.Lost {
		f.logger.Error("GPU is missing: it is not leased until it is back", "executor", e.Instance(), "gpu", gpu)
	}
	for _, gpu := range change.Back {
		f.logger.Info("GPU is back", "executor", e.Instance(), "gpu", gpu)
	}
}

func (f *Fleet) gpus(e *Executor) []plan.GPU {
	var gpus []plan.GPU
	left := e.leftoversText()
	for _, gpu := range f.inventory.GPUs(e.Instance()) {
		note := left
		if gpu.Stuck != "" {
			note = fmt.Sprintf("GPU %s may still be used by %s", gpu.Shown, gpu.Stuck)
		}
		gpus = append(gpus, plan.GPU{
			Name:     gpu.Name,
			Free:     !gpu.Held && e.reconciled.Load(),
			Missing:  gpu.Missing,
			Overlaps: gpu.Overlaps,
			Shown:    gpu.Shown,
			Stuck:    note != "",
			Note:     note,
		})
	}
	return gpus
}

// Devices returns what an executor is to give to an attempt that leases devices
// by these names.
func (f *Fleet) Devices(executor string, names []string) []sdk.Device {
	return f.inventory.Devices(executor, names)
}

// Plugin returns the name and the version of an executor's plugin; "" until it has
// told them.
func (f *Fleet) Plugin(instance string) (name, version string) {
	description, _ := f.Executor(instance).Description()
	return description.Name, description.Version
}

// Lease records that an attempt holds what its row says. Doing it twice is the
// same as once.
func (f *Fleet) Lease(a run.Attempt) {
	f.inventory.Take(a)
	f.callBack(a.Executor)
	f.Executor(a.Executor).breaker.leased(a.ID)
}

// Ended releases what an attempt held whose outcome is decided. Its GPUs go with
// it only if its process is known to have ended; else they are released when the
// executor has removed it.
func (f *Fleet) Ended(id run.AttemptID, exit sdk.Exit) {
	f.probed(id)
	if processEnded(exit) {
		f.inventory.Release(id)
	} else {
		f.inventory.End(id)
	}
}

// LeaseUntilRemoved leases the GPUs of an attempt of an earlier agent which is
// decided and not removed yet, unless its process is known to have ended.
func (f *Fleet) LeaseUntilRemoved(a run.Attempt, exit sdk.Exit) {
	if len(a.GPUs) > 0 && !processEnded(exit) {
		f.inventory.Take(a)
	}
}

// Stick says why it is unknown when an attempt releases its GPUs. Tasks no
// longer wait for them; the reason names the holder.
func (f *Fleet) Stick(id run.AttemptID, why string) { f.inventory.Stick(id, why) }

// Release releases all that an attempt holds: it was never begun, or its
// executor has removed it.
func (f *Fleet) Release(id run.AttemptID) {
	f.probed(id)
	f.inventory.Release(id)
}

// processEnded reports whether an exit is an executor's word that a process has
// ended. Exits without both times are made up by us, or are of a start that may
// have gone half the way.
func processEnded(exit sdk.Exit) bool { return !exit.Started.IsZero() && !exit.Finished.IsZero() }
