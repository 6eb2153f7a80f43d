package plan

import (
	"slices"

	"github.com/raddeploy/raddeploy/core/run"
)

// Cancel says what follows from the end of an attempt of a run that is being
// canceled: its task is canceled however the attempt ended, and no other starts.
func Cancel(tasks []run.Task, ended int, reason string) Change {
	return cancel(tasks, reason, func(t run.Task) bool { return t.Index == ended || t.State == run.TaskPending })
}

// CancelWaiting says what follows for a run that is being canceled before an
// attempt ends.
func CancelWaiting(tasks []run.Task, reason string) Change {
	return cancel(tasks, reason, func(t run.Task) bool { return t.State == run.TaskPending })
}

// CancelAll cancels every task that has not ended.
func CancelAll(tasks []run.Task, reason string) Change {
	return cancel(tasks, reason, func(t run.Task) bool { return !t.State.Final() })
}

func cancel(tasks []run.Task, reason string, which func(run.Task) bool) Change {
	tasks = slices.Clone(tasks)
	changed := make(map[int]bool)
	for i := range tasks {
		if which(tasks[i]) {
			tasks[i].State, tasks[i].Reason = run.TaskCanceled, reason
			changed[i] = true
		}
	}
	return Plan{}.change(tasks, changed)
}
