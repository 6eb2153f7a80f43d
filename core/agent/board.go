package agent

import (
	"context"
	"fmt"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule"
)

// openRun is a run with tasks to do, as the scheduler remembers it between two looks at the database.
type openRun struct {
	run   run.Run
	flow  *flow.Flow
	graph *flow.Graph
	plan  schedule.Plan
	tasks []run.Task
}

// openRun reads a run's flow and tasks.
func (a *Agent) openRun(ctx context.Context, r run.Run) (*openRun, error) {
	f, err := flow.Decode(r.Definition)
	if err != nil {
		return nil, fmt.Errorf("run %s: stored flow: %w", r.ID, err)
	}
	tasks, err := a.db.Tasks(ctx, r.ID)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", r.ID, err)
	}
	open := &openRun{run: r, flow: f, graph: flow.NewGraph(f), tasks: tasks}
	for i, model := range f.Models {
		open.plan.Needs = append(open.plan.Needs, open.graph.DependenciesOf(i))
		open.plan.Retries = append(open.plan.Retries, model.Retries)
	}
	return open, nil
}

// ready returns the tasks that can be started.
func (o *openRun) ready() []schedule.Ready {
	var ready []schedule.Ready
	for _, i := range o.plan.Ready(o.tasks) {
		model := o.flow.Models[i]
		ready = append(ready, schedule.Ready{
			Run:      o.run.ID,
			Task:     i,
			Seq:      o.run.Seq,
			Priority: o.run.Priority,
			Later:    o.graph.Depth(i) > 0,
			GPUs:     model.GPUs,
			Executor: model.Executor,
		})
	}
	return ready
}

// inputs returns the folder of each input of a task that another task wrote.
func (o *openRun) inputs(a *Agent, task int) map[string]string {
	inputs := make(map[string]string)
	for _, input := range o.flow.Models[task].Inputs {
		if producer, ok := o.graph.Producer(input.Name); ok && input.Name != flow.Src {
			inputs[input.Name] = a.engine.Layout.Output(o.run.ID, producer, o.tasks[producer].Tries, input.Name)
		}
	}
	return inputs
}
