package plan

import (
	"slices"

	"github.com/raddeploy/raddeploy/core/run"
)

// Ready is a task all of whose inputs exist.
type Ready struct {
	Run      run.ID
	Task     int
	Seq      int64 // the run's
	Priority int
	Later    bool   // it depends on another task of its run
	GPUs     int    // how many it wants; 0: it takes a CPU slot
	Executor string // the instance it is pinned to, or ""
	// how many tasks of newer runs leased GPUs while it stood first among those
	// of its ask that wait; see [MaxOvertaken]
	Overtook int
}

// Ask is what the task asks of the site.
func (r Ready) Ask() Ask { return Ask{Executor: r.Executor, GPUs: r.GPUs} }

// takesSlot reports whether a task takes a slot of an executor, and leases no
// GPU of the site.
func (r Ready) takesSlot(e *Executor) bool { return r.GPUs == 0 || e.ClusterGPUs >= r.GPUs }

// Executor is an executor instance with what it has left.
type Executor struct {
	Instance string
	Up       bool
	Message  string // why it is not up
	// One says that it is given one task only, which shows whether it can start
	// tasks again: its last starts failed.
	One bool
	// Host is whose CPU slots it shares with the other executors of that name;
	// "": it shares none.
	Host    string
	CPUs    int // free slots of its own
	AllCPUs int
	// Most is how many tasks its backend takes at once, of whatever kind, and
	// Tasks how many it has. Most 0: any number.
	Most, Tasks int
	GPUs        []GPU // all that it may use, in the order in which they are leased
	// ClusterGPUs is how many GPUs one task can get at most of a backend that
	// assigns them itself, as it said when it was healthy last: such a task takes
	// a CPU slot, and no GPU.
	ClusterGPUs int
	// SiteGPUs is set of an executor whose backend is known to assign no GPUs
	// itself: it has those that the site names, and no others.
	SiteGPUs bool
}

// GPU is a device that an executor may use. Executors that list one name share
// the device.
type GPU struct {
	Name    string
	Free    bool
	Missing bool // it is not there now
	// it is unknown when it is released: what holds it does not end as tasks do
	Stuck bool
	// devices that cannot be leased together with it: the whole that it is a part
	// of, or its parts
	Overlaps []string
	Shown    string // for people; "": Name
	Note     string // for the operator: why it is not free, if that is not an ordinary task
}

// free returns up to n devices that can be leased together; all of them if n is
// negative.
func (e *Executor) free(n int) []GPU {
	return compatible(e.GPUs, n, func(gpu GPU) bool { return gpu.Free && !gpu.Missing })
}

// present and allowed are how many devices it could lease out at once if all tasks
// had ended, without and with those that are missing or stuck.
func (e *Executor) present() int {
	return len(compatible(e.GPUs, -1, func(gpu GPU) bool { return !gpu.Missing && !gpu.Stuck }))
}

func (e *Executor) allowed() int {
	return len(compatible(e.GPUs, -1, func(GPU) bool { return true }))
}

// compatible picks up to n devices of which none overlaps another one. Parts
// stand before their wholes, so the first that fit are the most that fit.
func compatible(gpus []GPU, n int, fits func(GPU) bool) []GPU {
	var picked []GPU
	for _, gpu := range gpus {
		if len(picked) == n {
			break
		}
		if fits(gpu) && !slices.ContainsFunc(picked, gpu.excludes) {
			picked = append(picked, gpu)
		}
	}
	return picked
}

// excludes reports whether a device is another one, or overlaps it.
func (g GPU) excludes(other GPU) bool {
	return g.Name == other.Name || slices.Contains(g.Overlaps, other.Name) || slices.Contains(other.Overlaps, g.Name)
}

// site is what is left while tasks are placed, one after the other.
type site []Executor

func newSite(executors []Executor) site {
	s := slices.Clone(site(executors))
	for i := range s {
		s[i].GPUs = slices.Clone(s[i].GPUs)
	}
	return s
}

// able returns the executors that may run a task, or are not known not to.
func (s site) able(a Ask) []*Executor {
	var able []*Executor
	for i := range s {
		if Fit(a, &s[i]) != No {
			able = append(able, &s[i])
		}
	}
	return able
}

// has reports whether an executor can run a task now.
func (s site) has(e *Executor, task Ready) bool {
	switch {
	case !e.Up || e.Most > 0 && e.Tasks >= e.Most:
		return false
	case !task.takesSlot(e):
		return len(e.free(task.GPUs)) == task.GPUs
	}
	return e.CPUs > 0 && (e.Host == "" || s.slots(e.Host) > 0)
}

// slots returns the free CPU slots of a host. A host has as many as the
// executor with the most of them says, and its executors together never take
// more.
func (s site) slots(host string) int {
	most, taken := 0, 0
	for _, e := range s {
		if e.Host == host {
			most, taken = max(most, e.AllCPUs), taken+e.AllCPUs-e.CPUs
		}
	}
	return most - taken
}

// take leases to a task what it wants of an executor that has it.
func (s site) take(e *Executor, task Ready) []GPU {
	e.Tasks++
	e.Up = !e.One
	if task.takesSlot(e) {
		e.CPUs--
		return nil
	}
	taken := e.free(task.GPUs)
	s.keep(taken)
	return taken
}

// keep keeps these devices from all other tasks, on whichever executor.
func (s site) keep(gpus []GPU) {
	for i := range s {
		for k := range s[i].GPUs {
			if gpu := &s[i].GPUs[k]; slices.ContainsFunc(gpus, gpu.excludes) {
				gpu.Free = false
			}
		}
	}
}

// reserve keeps what is free for a task that wants more at once than that, on
// the executor where it lacks the fewest. It returns what is kept. Nothing is
// kept for what cannot come about by waiting for tasks to end: where an
// executor is away, or GPUs are missing or stuck.
func (s site) reserve(candidates []*Executor, task Ready) []GPU {
	var best []GPU
	for _, e := range candidates {
		if !e.Up || e.present() < task.GPUs {
			continue
		}
		if free := e.free(task.GPUs); len(free) > len(best) {
			best = free
		}
	}
	s.keep(best)
	return best
}
