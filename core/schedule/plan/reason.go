package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/problem"
)

// reservation is what is kept for a task that waits.
type reservation struct {
	task Ready
	kept []GPU
}

// reasonOf says what a task waits for: something that an executor which is up
// has not free or, if all are away, one of them.
func reasonOf(task Ready, candidates []*Executor, reserved []reservation) string {
	var down, lacking []string
	for _, e := range candidates {
		switch {
		case !e.Up:
			down = append(down, e.Instance+": "+e.Message)
		case !task.takesSlot(e) && e.present() < task.GPUs:
			lacking = append(lacking, lacks(e)...)
		case e.Most > 0 && e.Tasks >= e.Most:
			return fmt.Sprintf("waits for %s, which takes %s at once", e.Instance, problem.Counted(e.Most, "task"))
		case !task.takesSlot(e):
			return "waits for " + amount(task) + notes(e, reserved)
		default:
			return "waits for a free CPU slot"
		}
	}
	if len(lacking) > 0 {
		return "waits for a GPU that cannot be leased: " + strings.Join(append(lacking, down...), "; ")
	}
	return "waits for an executor: " + strings.Join(down, "; ")
}

func amount(task Ready) string {
	if task.GPUs == 1 {
		return "a free GPU"
	}
	return fmt.Sprintf("%d free GPUs at once", task.GPUs)
}

// keptFor is what a task is told for which some of its GPUs are kept.
func keptFor(task Ready, kept []GPU) string {
	return fmt.Sprintf("waits for %d free GPUs at once, of which %d %s kept for it", task.GPUs, len(kept), isAre(len(kept)))
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// notes says what besides ordinary tasks keeps an executor's devices.
func notes(e *Executor, reserved []reservation) string {
	var all []string
	for _, r := range reserved {
		if slices.ContainsFunc(e.GPUs, func(gpu GPU) bool { return slices.ContainsFunc(r.kept, gpu.excludes) }) {
			all = append(all, fmt.Sprintf("%d %s kept for a task before it that wants %d", len(r.kept), isAre(len(r.kept)), r.task.GPUs))
		}
	}
	for _, gpu := range e.GPUs {
		if gpu.Note != "" && !slices.Contains(all, gpu.Note) {
			all = append(all, gpu.Note)
		}
	}
	if len(all) == 0 {
		return ""
	}
	return " (" + strings.Join(all, "; ") + ")"
}

// lacks says which devices an executor cannot lease out however many tasks end.
func lacks(e *Executor) []string {
	var absent, all []string
	for _, gpu := range e.GPUs {
		switch {
		case gpu.Missing:
			absent = append(absent, cmp.Or(gpu.Shown, gpu.Name))
		case gpu.Stuck:
			all = append(all, cmp.Or(gpu.Note, gpu.Shown, gpu.Name))
		}
	}
	all = slices.Compact(all) // what is said of all devices is said once
	if len(absent) > 0 {
		all = append([]string{e.Instance + " does not see GPU " + strings.Join(absent, ", ")}, all...)
	}
	return all
}
