package plan

import "github.com/raddeploy/raddeploy/core/run"

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
	changed := make(changes)
	for i := range tasks {
		if which(tasks[i]) {
			t := tasks[i]
			t.State, t.Reason = run.TaskCanceled, reason
			changed[i] = &t
		}
	}
	return changed.of(tasks)
}
