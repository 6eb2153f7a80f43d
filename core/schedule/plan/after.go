package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// Plan is what a flow says about the tasks of its runs, by the models' index.
type Plan struct {
	Needs   [][]int // the tasks whose outputs a task reads
	Retries []int   // further tries after a failure of the task itself
}

// Ready returns the tasks that can be started now: pending ones whose inputs
// all exist.
func (p Plan) Ready(tasks []run.Task) []int {
	return p.ready(tasks, func(int) bool { return true })
}

// ReadyAfter returns those of the tasks that can be started now because others
// have changed.
func (p Plan) ReadyAfter(tasks, changed []run.Task) []int {
	is := make(map[int]bool, len(changed))
	for _, task := range changed {
		is[task.Index] = true
	}
	return p.ready(tasks, func(i int) bool {
		return is[i] || slices.ContainsFunc(p.Needs[i], func(need int) bool { return is[need] })
	})
}

func (p Plan) ready(tasks []run.Task, asked func(i int) bool) (ready []int) {
	for i := range tasks {
		if tasks[i].State == run.TaskPending && asked(i) &&
			!slices.ContainsFunc(p.Needs[i], func(need int) bool { return tasks[need].State != run.TaskSucceeded }) {
			ready = append(ready, i)
		}
	}
	return ready
}

// Blame says whose failure an attempt's end was, and so which budget pays for
// another try.
type Blame int

// The possibilities.
const (
	Nobody         Blame = iota // it succeeded
	TheTask                     // it ended with a failure of its own: the flow's retries pay
	Infrastructure              // what it ran on failed: it is tried again, see [Again]
	Final                       // another try would end the same way: none is made
)

// Outcome is how an attempt at a task ended.
type Outcome struct {
	Task   int
	Blame  Blame
	Reason string // "" if it succeeded
	Again  Again  // if infrastructure failed it
}

// Change is what an outcome changes in its run.
type Change struct {
	Tasks  []run.Task // those that change, with their new state
	Ended  bool       // every task is in a final state
	Failed bool       // at least one task failed for good
	Reason string     // the first failed task's
}

// After says what follows from an outcome: success; another try; or failure,
// which skips every task that depends on it while its siblings go on. The tasks
// that it is given stay as they are.
func (p Plan) After(tasks []run.Task, o Outcome) Change {
	t := tasks[o.Task]
	changed := changes{o.Task: &t}
	t.Reason = o.Reason
	switch {
	case o.Blame == Nobody:
		t.State = run.TaskSucceeded
	case o.Blame == TheTask && t.Retries < p.Retries[o.Task]:
		t.State, t.Retries = run.TaskPending, t.Retries+1
		t.NextTry, t.FaultSince = time.Time{}, 0 // what it ran on worked
	case o.Blame == Infrastructure && o.Again.fits(t):
		o.Again.rest(&t)
	default:
		if o.Blame == Infrastructure {
			t.Reason = fmt.Sprintf("given up after %d tries: %s", t.Tries, o.Reason)
		}
		t.State = run.TaskFailed
		p.skip(tasks, o.Task, changed)
	}
	return changed.of(tasks)
}

// changes are the tasks that change, by their indexes. To copy all tasks of a
// large run for each that ends would cost more than what is decided.
type changes map[int]*run.Task

// skip marks every task that depends on one, directly or not.
func (p Plan) skip(tasks []run.Task, failed int, changed changes) {
	for i := range tasks {
		if changed[i] == nil && tasks[i].State == run.TaskPending && slices.Contains(p.Needs[i], failed) {
			t := tasks[i]
			t.State = run.TaskSkipped
			t.Reason = fmt.Sprintf("needs %s, which did not succeed", tasks[failed].Name)
			changed[i] = &t
			p.skip(tasks, i, changed)
		}
	}
}

func (changed changes) of(tasks []run.Task) Change {
	c := Change{Ended: true}
	for i := range tasks {
		task := changed[i]
		if task != nil {
			c.Tasks = append(c.Tasks, *task)
		} else {
			task = &tasks[i]
		}
		if !task.State.Final() {
			c.Ended = false
		}
		if task.State == run.TaskFailed && !c.Failed {
			c.Failed, c.Reason = true, fmt.Sprintf("task %s: %s", task.Name, task.Reason)
		}
	}
	return c
}
