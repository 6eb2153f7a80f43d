package schedule

import (
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
	"github.com/raddeploy/raddeploy/core/state"
)

// account gathers what happened in a run and what follows from that, to be
// committed as a whole. The run itself does not change before.
type account struct {
	open       *openRun
	tasks      []run.Task // as they will be
	outcomes   []plan.Outcome
	errs       []error     // of each outcome
	change     plan.Change // the latest
	settlement state.Settlement
}

// newAccount begins an account. Only one of a run is under way at a time, so
// all share one copy of its tasks.
func newAccount(open *openRun) *account {
	open.copied = append(open.copied[:0], open.tasks...)
	return &account{open: open, tasks: open.copied, settlement: state.Settlement{Run: open.run.ID}}
}

// add adds what has happened. A task that is decided already stays so. Again
// says what decides about another try after infrastructure failed one.
func (a *account) add(e event, again func(task run.Task, executor string) plan.Again) {
	if e.attempt != nil {
		attempt := *e.attempt
		attempt.Exit, attempt.Reason = e.exit, e.outcome.Reason
		if a.canceling() && attempt.Reason != "" {
			attempt.Reason = a.open.run.Reason // whatever the executor says of how it was stopped
		}
		a.settlement.Attempts = append(a.settlement.Attempts, attempt)
	}
	if a.tasks[e.outcome.Task].State.Final() {
		return
	}
	if e.outcome.Blame == plan.Infrastructure {
		e.outcome.Again = again(a.tasks[e.outcome.Task], e.attempt.Executor)
	}
	a.outcomes = append(a.outcomes, e.outcome)
	a.errs = append(a.errs, e.err)
	if a.canceling() {
		a.change = plan.Cancel(a.tasks, e.outcome.Task, a.open.run.Reason)
	} else {
		a.change = a.open.plan.After(a.tasks, e.outcome)
	}
	for _, task := range a.change.Tasks {
		a.tasks[task.Index] = task
		a.settlement.Tasks = append(a.settlement.Tasks, task)
	}
}

// canceling reports whether the run is being canceled: then how its attempts end
// does not matter.
func (a *account) canceling() bool { return a.open.run.State == run.Canceling }

// finish says what becomes of the run.
func (s *Scheduler) finish(a *account) {
	a.settlement.At = time.Now()
	switch {
	case a.change.Ended && a.canceling():
		a.settlement.State, a.settlement.Reason = run.Canceled, a.open.run.Reason
	case a.change.Ended && a.change.Failed:
		a.settlement.State, a.settlement.Reason = run.Failed, a.change.Reason
	case a.change.Ended:
		a.settlement.Deliveries = s.deliveries(a.open, a.settlement.At)
		a.settlement.State = run.Done
		if len(a.settlement.Deliveries) > 0 {
			a.settlement.State = run.Sending
		}
	}
}
