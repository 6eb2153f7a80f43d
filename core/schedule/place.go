package schedule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

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
}

// Executor is an executor instance with what it has left.
type Executor struct {
	Instance string
	Up       bool
	Message  string // why it is not up
	CPUs     int    // free slots
	AllCPUs  int
	GPUs     []string // free devices
	AllGPUs  int
}

// Placement is the decision to start a task.
type Placement struct {
	Run      run.ID
	Task     int
	Executor string
	GPUs     []string
}

// Verdict is what a task that is not placed is told.
type Verdict struct {
	Run    run.ID
	Task   int
	Reason string
}

// Decision is what Place decides: the tasks to start, in order; those that wait, and for what; and those that no executor of the
// site could ever run.
type Decision struct {
	Start      []Placement
	Wait       []Verdict
	Impossible []Verdict
}

// Place gives ready tasks to executors: later tasks of runs first, then by priority, then by the order of arrival. Executors are asked in the
// order in which they are given. A device is given to one task, whichever executors list it.
func Place(ready []Ready, executors []Executor) Decision {
	ready = slices.SortedFunc(slices.Values(ready), order)
	executors = slices.Clone(executors)
	for i := range executors {
		executors[i].GPUs = slices.Clone(executors[i].GPUs)
	}
	var d Decision
	for _, task := range ready {
		candidates := able(task, executors)
		if len(candidates) == 0 {
			d.Impossible = append(d.Impossible, Verdict{task.Run, task.Task, impossible(task, executors)})
			continue
		}
		i := slices.IndexFunc(candidates, func(e *Executor) bool { return e.Up && has(task, e) })
		if i < 0 {
			d.Wait = append(d.Wait, Verdict{task.Run, task.Task, waiting(task, candidates)})
			continue
		}
		d.Start = append(d.Start, Placement{task.Run, task.Task, candidates[i].Instance, take(task, candidates[i], executors)})
	}
	return d
}

func order(a, b Ready) int {
	return cmp.Or(
		-boolCompare(a.Later, b.Later),
		-cmp.Compare(a.Priority, b.Priority),
		cmp.Compare(a.Seq, b.Seq),
		cmp.Compare(a.Task, b.Task),
	)
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// able returns the executors that could run a task when they are up and free.
func able(task Ready, executors []Executor) []*Executor {
	var able []*Executor
	for i := range executors {
		e := &executors[i]
		if (task.Executor == "" || task.Executor == e.Instance) && (task.GPUs == 0 && e.AllCPUs > 0 || task.GPUs > 0 && e.AllGPUs >= task.GPUs) {
			able = append(able, e)
		}
	}
	return able
}

func has(task Ready, e *Executor) bool {
	if task.GPUs > 0 {
		return len(e.GPUs) >= task.GPUs
	}
	return e.CPUs > 0
}

func take(task Ready, from *Executor, all []Executor) []string {
	if task.GPUs == 0 {
		from.CPUs--
		return nil
	}
	taken := slices.Clone(from.GPUs[:task.GPUs])
	for i := range all {
		all[i].GPUs = slices.DeleteFunc(all[i].GPUs, func(gpu string) bool { return slices.Contains(taken, gpu) })
	}
	return taken
}

// impossible says why no executor of the site could ever run a task.
func impossible(task Ready, executors []Executor) string {
	if task.Executor != "" && !slices.ContainsFunc(executors, func(e Executor) bool { return e.Instance == task.Executor }) {
		return fmt.Sprintf("executor %q is not one of this site's (%s): change the model's executor or the site", task.Executor, names(executors))
	}
	if task.GPUs > 0 {
		return fmt.Sprintf("it wants %d GPU and no executor of this site that may run it has as many: give one gpus in the site's configuration", task.GPUs)
	}
	return "no executor of this site takes CPU tasks: give one cpus in the site's configuration"
}

// waiting says what a task waits for.
func waiting(task Ready, candidates []*Executor) string {
	var down []string
	for _, e := range candidates {
		if e.Up {
			if task.GPUs > 0 {
				return "waits for a free GPU"
			}
			return "waits for a free CPU slot"
		}
		down = append(down, e.Instance+": "+e.Message)
	}
	return "waits for an executor: " + strings.Join(down, "; ")
}

func names(executors []Executor) string {
	all := make([]string, len(executors))
	for i, e := range executors {
		all[i] = e.Instance
	}
	return strings.Join(all, ", ")
}
