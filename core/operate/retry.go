package operate

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// Retry opens a run again that has ended. The tasks that did not succeed are
// tried again; those that did keep their outputs. From names a task, by its name
// or index, that is tried again with all that depend on it though they
// succeeded; "": none. Attempts are numbered on, and budgets of tries begin anew.
func (o *Operator) Retry(ctx context.Context, id run.ID, from string, by run.Actor) error {
	f, err := o.flowOf(ctx, id)
	if err != nil {
		return err
	}
	r := retrial{flow: f, graph: flow.NewGraph(f), from: -1}
	entry := run.Entry{Action: run.Retry, ID: string(id), By: by}
	if from != "" {
		if r.from, err = taskNamed(f, from); err != nil {
			return err
		}
		entry.Detail = "from task " + f.Models[r.from].Name
	}
	objects, err := o.Store.SelectedObjects(ctx, id)
	if err != nil {
		return err
	}
	_, err = o.onRun(ctx, entry, func(s run.Standing) (run.Acting, error) {
		acting, err := r.decide(s)
		if err != nil {
			return acting, err
		}
		return acting, o.inputsKept(s, f, acting.Tasks, objects)
	})
	if err == nil {
		o.Schedule()
	}
	return err
}

// flowOf returns a run's flow as it was stored.
func (o *Operator) flowOf(ctx context.Context, id run.ID) (*flow.Flow, error) {
	definition, err := o.Store.Definition(ctx, id)
	if err != nil {
		return nil, err
	}
	f, err := flow.Decode(definition)
	if err != nil {
		return nil, unreadable(id, err)
	}
	return f, nil
}

func unreadable(id run.ID, err error) error {
	return &Refusal{&problem.Error{
		Op: "retry", Object: fmt.Sprintf("run %.8s", id), Cause: fmt.Errorf("its stored flow cannot be read: %w", err),
		Advice: "`raddeploy rerun` makes a new run of what arrived",
	}}
}

// taskNamed returns the index of the task with a name or an index.
func taskNamed(f *flow.Flow, name string) (int, error) {
	var names []string
	for i, model := range f.Models {
		if model.Name == name {
			return i, nil
		}
		names = append(names, model.Name)
	}
	if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(names) {
		return i, nil
	}
	return 0, &problem.Error{
		Op: "retry: task", Object: strconv.Quote(name), Cause: state.ErrNotFound,
		Advice: "the tasks of this run are " + strings.Join(names, ", "),
	}
}

// retrial is what is asked for.
type retrial struct {
	flow  *flow.Flow
	graph *flow.Graph
	from  int // a task's index; -1: only what did not succeed
}

// decide decides what is tried again.
func (r retrial) decide(s run.Standing) (a run.Acting, err error) {
	if err := r.possible(s); err != nil {
		return a, err
	}
	again := make(map[int]bool)
	if r.from >= 0 {
		again[r.from] = true
		for _, i := range r.graph.DownstreamOf(r.from) {
			again[i] = true
		}
	}
	for _, task := range s.Tasks {
		if task.State == run.TaskSucceeded && !again[task.Index] {
			continue
		}
		if task.State != run.TaskPending { // of a run whose flow could not be read
			task.State, task.Reason, task.Retries, task.Faults = run.TaskPending, "", 0, 0
			a.Tasks = append(a.Tasks, task)
		}
		a.State = run.Pending
	}
	if a.State == "" {
		return a, r.refused(s, "all its tasks succeeded: "+quoted("resend", s.Run)+" sends their results again, and retry -from TASK makes them again")
	}
	for _, d := range s.Deliveries { // of what is made again
		a.Supersede = append(a.Supersede, d.ID)
	}
	return a, nil
}

// possible says why a run cannot be tried again as it stands, and what can be
// done instead.
func (r retrial) possible(s run.Standing) error {
	switch s.Run.State {
	case run.Pending, run.Running:
		return r.refused(s, "it has not ended: wait, or "+quoted("cancel", s.Run)+" first")
	case run.Sending:
		return r.refused(s, "its results are being sent: wait, or "+quoted("cancel", s.Run)+" first")
	case run.Canceling:
		return r.refused(s, "wait until it is canceled: "+quoted("runs", s.Run)+" says what for")
	}
	if len(s.Attempts) > 0 {
		return r.refused(s, fmt.Sprintf("wait until attempt %s has ended", s.Attempts[0].ID))
	}
	if len(s.Tasks) != len(r.flow.Models) {
		return r.refused(s, "its stored flow has other tasks: `raddeploy rerun` makes a new run of what arrived")
	}
	return nil
}

func (r retrial) refused(s run.Standing, advice string) error {
	return refused(run.Retry, s.Run, run.Pending, advice)
}
