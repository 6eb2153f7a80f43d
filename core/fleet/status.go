package fleet

import (
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// Status is how an executor is at one moment.
type Status struct {
	Instance    string
	Plugin      string
	Health      Health
	Message     string // what the backend is, or why it is not healthy
	CPUs        int    // tasks at once that lease no GPU of this host
	GPUs        int    // devices that the site gives to it
	Description sdk.Description
	Fingerprint sdk.Fingerprint
	Drained     *run.Drained // nil: it gets new tasks
	Tasks       int          // that it has now
	Launches    uint64       // how often its plugin was launched since the agent started
	Devices     Devices      // of those that the site gives to it
}

// Devices are how many GPUs are in which state. A missing one is in no other.
type Devices struct{ Free, Leased, Stuck, Missing int }

// Status returns how the executor is now.
func (e *Executor) Status() Status {
	description, _ := e.Description()
	return Status{
		Instance:    e.Instance(),
		Plugin:      e.Config().Plugin,
		Health:      e.Health(),
		Message:     e.Message(),
		CPUs:        e.CPUs(),
		GPUs:        len(e.Config().GPUs),
		Description: description,
		Fingerprint: e.Fingerprint(),
		Launches:    e.Generation(),
	}
}

// Statuses returns how the site's executors are, in its order, and behind
// them those that it no longer has and that end their tasks.
func (f *Fleet) Statuses() []Status {
	executors := f.Executors()
	all := make([]Status, len(executors))
	for i, e := range executors {
		all[i] = e.Status()
		all[i].Drained = f.drainOf(e.Instance())
		all[i].Tasks, _ = f.inventory.Tasks(e.Instance())
		all[i].Devices = f.devices(e.Instance())
	}
	return all
}

func (f *Fleet) devices(instance string) (d Devices) {
	for _, gpu := range f.inventory.GPUs(instance) {
		switch {
		case gpu.Missing:
			d.Missing++
		case gpu.Stuck != "":
			d.Stuck++
		case gpu.Held:
			d.Leased++
		default:
			d.Free++
		}
	}
	return d
}
