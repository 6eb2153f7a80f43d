package schedule

import (
	"cmp"
	"slices"

	"github.com/raddeploy/raddeploy/core/run"
)

// Patience is how many tasks of newer runs may take GPUs while a task waits for
// some. Then it counts as a later task of its run.
const Patience = 16

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

// Decision is what Place decides: the tasks to start, in order; those that
// wait, and for what; and those that no executor of the site could ever run.
type Decision struct {
	Start      []Placement
	Wait       []Verdict
	Impossible []Verdict
	// Overtaken says how often each task that waits for GPUs was overtaken by
	// this decision. Whoever calls adds it to Ready.Overtook.
	Overtaken []Overtaken
}

// Overtaken is that tasks of newer runs and no higher priority got GPUs which a
// task waits for.
type Overtaken struct {
	Run  run.ID
	Task int
	By   int
}

// Place gives ready tasks to executors: later tasks of runs first, then by
// priority, then by the order of arrival. Executors are asked in the order in
// which they are given. A device is given to one task, whichever executors list
// it.
//
// A task gets all its GPUs at once or waits. What is free of them while it
// waits is kept for it: none of the tasks behind it gets these, so that a task
// that wants many GPUs is not overtaken for ever by tasks that want few. Only
// GPUs are kept, on one executor, so tasks that take CPU slots are not delayed,
// nor those that other GPUs serve. What stands before it in the order takes
// also what is kept, as priorities mean; but of newer runs of its own or a
// lower priority no more than [Patience] tasks do.
func Place(ready []Ready, executors []Executor) Decision {
	ready = slices.SortedFunc(slices.Values(ready), order)
	site := newSite(executors)
	var d Decision
	var started []Ready
	var waiting []waits
	var reserved []reservation
	for _, task := range ready {
		candidates := site.able(task)
		if len(candidates) == 0 {
			d.Impossible = append(d.Impossible, Verdict{task.Run, task.Task, impossible(task, executors)})
			continue
		}
		i := slices.IndexFunc(candidates, func(e *Executor) bool { return site.has(e, task) })
		if i < 0 {
			reason := reasonOf(task, candidates, reserved)
			if task.GPUs > 0 {
				waiting = append(waiting, waits{task, candidates})
				if kept := site.reserve(candidates, task); len(kept) > 0 {
					reserved = append(reserved, reservation{task, kept})
					if len(kept) < task.GPUs {
						reason = keptFor(task, kept)
					}
				}
			}
			d.Wait = append(d.Wait, Verdict{task.Run, task.Task, reason})
			continue
		}
		placement := Placement{Run: task.Run, Task: task.Task, Executor: candidates[i].Instance}
		for _, gpu := range site.take(candidates[i], task) {
			placement.GPUs = append(placement.GPUs, gpu.Name)
		}
		d.Start = append(d.Start, placement)
		started = append(started, task)
	}
	d.Overtaken = overtaken(waiting, started, d.Start)
	return d
}

// Impossible says why no executor of the site could ever run a task, or "".
func Impossible(task Ready, executors []Executor) string {
	if len(newSite(executors).able(task)) > 0 {
		return ""
	}
	return impossible(task, executors)
}

func order(a, b Ready) int {
	return cmp.Or(
		-boolCompare(a.first(), b.first()),
		-cmp.Compare(a.Priority, b.Priority),
		cmp.Compare(a.Seq, b.Seq),
		cmp.Compare(a.Task, b.Task),
	)
}

// first reports whether a task goes before those that begin runs.
func (r Ready) first() bool { return r.Later || r.Overtook >= Patience }

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// waits is a task that waits for GPUs, and the executors that may get them for it.
type waits struct {
	task       Ready
	candidates []*Executor
}

// overtaken counts by how many tasks of newer runs each waiting one was
// overtaken. The tasks that started stand as their placements do.
func overtaken(waiting []waits, started []Ready, placements []Placement) []Overtaken {
	var all []Overtaken
	for _, w := range waiting {
		by := 0
		for i, other := range started {
			if other.Seq > w.task.Seq && other.Priority <= w.task.Priority && w.wanted(placements[i].GPUs) {
				by++
			}
		}
		if by > 0 {
			all = append(all, Overtaken{w.task.Run, w.task.Task, by})
		}
	}
	return all
}

// wanted reports whether one of the devices could have been given to the task.
func (w waits) wanted(gpus []string) bool {
	return slices.ContainsFunc(w.candidates, func(e *Executor) bool {
		return slices.ContainsFunc(e.GPUs, func(gpu GPU) bool { return slices.Contains(gpus, gpu.Name) })
	})
}
