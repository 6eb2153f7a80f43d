package agent

import (
	"encoding/json"
	"slices"

	"github.com/raddeploy/raddeploy/core/execute"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule"
	"github.com/raddeploy/raddeploy/core/state"
	"github.com/raddeploy/raddeploy/sdk"
)

// account gathers what happened in a run and what follows from that, to be
// committed as a whole. The run itself does not change before.
type account struct {
	open       *openRun
	tasks      []run.Task // as they will be
	outcomes   []schedule.Outcome
	change     schedule.Change // the latest
	settlement state.Settlement
}

func newAccount(open *openRun) *account {
	return &account{open: open, tasks: slices.Clone(open.tasks), settlement: state.Settlement{Run: open.run.ID}}
}

// ended adds the end of an attempt.
func (a *account) ended(e ending) {
	attempt := e.attempt
	attempt.Exit, _ = json.Marshal(e.result.Exit) // of numbers, texts and times
	attempt.Reason = e.result.Reason
	a.settlement.Attempts = append(a.settlement.Attempts, attempt)
	a.add(schedule.Outcome{Task: attempt.Task, Blame: blame(e.result), Reason: e.result.Reason})
}

// add adds the outcome of a task.
func (a *account) add(o schedule.Outcome) {
	a.outcomes = append(a.outcomes, o)
	a.change = a.open.plan.After(a.tasks, o)
	for _, task := range a.change.Tasks {
		a.tasks[task.Index] = task
		a.settlement.Tasks = append(a.settlement.Tasks, task)
	}
}

// blame says whose failure an attempt's end was.
func blame(result execute.Result) schedule.Blame {
	switch {
	case result.Reason == "":
		return schedule.Nobody
	case result.Rejected:
		return schedule.Final
	case result.Broken:
		return schedule.Infrastructure
	}
	switch result.Exit.Reason {
	case sdk.Exited, sdk.OutOfMemory:
		return schedule.TheTask
	case sdk.TimedOut, sdk.ImageUnavailable:
		return schedule.Final
	}
	return schedule.Infrastructure
}
