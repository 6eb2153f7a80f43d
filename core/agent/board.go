package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule"
)

// openRun is a run with tasks to do, as the scheduler remembers it between two
// looks at the database.
type openRun struct {
	run   run.Run
	flow  *flow.Flow
	graph *flow.Graph
	plan  schedule.Plan
	tasks []run.Task
	rest  map[int]time.Time // until when a task that infrastructure failed is not tried again
	// overtook counts for each task that waits for GPUs by how many others it
	// was overtaken. An agent that starts begins to count anew.
	overtook map[int]int
}

// undecodableError means that a run's stored flow cannot be read, now and ever.
type undecodableError struct{ cause error }

func (e *undecodableError) Error() string {
	return "its stored flow cannot be read: " + e.cause.Error()
}

// openRun reads a run's flow and tasks.
func (a *Agent) openRun(ctx context.Context, r run.Run) (*openRun, error) {
	f, err := flow.Decode(r.Definition)
	if err != nil {
		return nil, &undecodableError{err}
	}
	tasks, err := a.db.Tasks(ctx, r.ID)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", r.ID, err)
	}
	open := &openRun{run: r, flow: f, graph: flow.NewGraph(f), tasks: tasks, rest: make(map[int]time.Time), overtook: make(map[int]int)}
	for i, model := range f.Models {
		open.plan.Needs = append(open.plan.Needs, open.graph.DependenciesOf(i))
		open.plan.Retries = append(open.plan.Retries, model.Retries)
	}
	return open, nil
}

// faultPause is how long a task rests after infrastructure failed it for the
// first time; then four times as long. What failed is often back by then: an
// engine that restarts, a network that is made anew.
const faultPause = 2 * time.Second

func (o *openRun) rests(task int, now time.Time) bool { return now.Before(o.rest[task]) }

// ready returns the tasks that can be started.
func (o *openRun) ready() []schedule.Ready {
	var ready []schedule.Ready
	for _, i := range o.plan.Ready(o.tasks) {
		ready = append(ready, o.asks(i))
	}
	return ready
}

// asks is what a task asks of the site.
func (o *openRun) asks(i int) schedule.Ready {
	model := o.flow.Models[i]
	return schedule.Ready{
		Run:      o.run.ID,
		Task:     i,
		Seq:      o.run.Seq,
		Priority: o.run.Priority,
		Later:    o.graph.Depth(i) > 0,
		GPUs:     model.GPUs,
		Executor: model.Executor,
		Overtook: o.overtook[i],
	}
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
