package plan

import (
	"fmt"
	"slices"
	"strings"
)

// Ask is what a task asks of the site. Tasks with one ask can run in the same
// places.
type Ask struct {
	Executor string // the instance that its model names; "": any
	GPUs     int    // how many at once; 0: a CPU slot
}

// Answer is whether an executor may run a task.
type Answer int

// The answers.
const (
	No      Answer = iota // never, as the site is configured
	Unknown               // its backend has not said what it has
	Yes                   // when it is up and has free what the task asks for
)

// Fit says whether an executor may run a task, however busy or unhealthy it is
// at the moment. Only what is certain is a No: the site's configuration, or the
// word of a backend that is healthy now. What a backend that is away would
// say is Unknown.
func Fit(a Ask, e *Executor) Answer {
	switch {
	case a.Executor != "" && a.Executor != e.Instance:
		return No
	case a.GPUs > 0 && e.allowed() >= a.GPUs:
		return Yes
	case e.AllCPUs <= 0: // GPUs that a cluster assigns itself come with a slot
		return No
	case e.ClusterGPUs >= a.GPUs:
		return Yes
	case e.Up || e.SiteGPUs:
		return No
	}
	return Unknown
}

// Misfit is why no executor of a site may ever run a task.
type Misfit struct{ Reason, Advice string }

func (m *Misfit) Error() string { return m.Reason + ": " + m.Advice }

// FitAny is the best answer of a site's executors. Only if all of them say No is
// there a Misfit.
func FitAny(a Ask, executors []Executor) (Answer, *Misfit) {
	best := No
	for i := range executors {
		best = max(best, Fit(a, &executors[i]))
	}
	if best == No {
		return No, misfit(a, executors)
	}
	return best, nil
}

func misfit(a Ask, executors []Executor) *Misfit {
	if a.Executor != "" && !slices.ContainsFunc(executors, func(e Executor) bool { return e.Instance == a.Executor }) {
		return &Misfit{
			fmt.Sprintf("executor %q is not one of this site's (%s)", a.Executor, names(executors)),
			"change the model's executor or the site",
		}
	}
	if a.GPUs > 0 {
		return &Misfit{
			fmt.Sprintf("it wants %d GPU and no executor of this site that may run it has as many", a.GPUs),
			"give one gpus in the site's configuration",
		}
	}
	return &Misfit{"no executor of this site takes CPU tasks", "give one cpus in the site's configuration"}
}

func names(executors []Executor) string {
	all := make([]string, len(executors))
	for i, e := range executors {
		all[i] = e.Instance
	}
	return strings.Join(all, ", ")
}
