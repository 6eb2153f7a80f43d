package schedule

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
)

// openRun is a run with tasks to do, as the scheduler remembers it between two
// looks at the database.
type openRun struct {
	run   run.Run // without its definition and objects
	tasks []run.Task
	*program

	copied []run.Task // for the account that is under way

	committing bool              // a settlement is on its way to the database
	stale      bool              // it is to be read again after that
	events     []event           // what is to be settled after it
	queued     map[int]time.Time // since when its tasks are in the queue
}

// event is something that decides about a task: the end of an attempt at it, or
// that it may never run.
type event struct {
	attempt *run.Attempt // nil: none was made
	exit    []byte       // the executor's report, as JSON
	outcome plan.Outcome
	err     error // the outcome's reason with its fields, as far as it has any
}

// program is a flow made ready to be run. Runs of one flow share it.
type program struct {
	flow  *flow.Flow
	graph *flow.Graph
	plan  plan.Plan
	users int
}

// programs are the flows of the open runs, by their digests.
type programs map[string]*program

// undecodableError means that a run's stored flow cannot be read, now and ever.
type undecodableError struct{ cause error }

func (e *undecodableError) Error() string {
	return "its stored flow cannot be read: " + e.cause.Error()
}
func (e *undecodableError) Unwrap() error { return e.cause }

func newProgram(definition []byte) (*program, error) {
	f, err := flow.Decode(definition)
	if err != nil {
		return nil, &undecodableError{err}
	}
	p := &program{flow: f, graph: flow.NewGraph(f)}
	for i, model := range f.Models {
		p.plan.Needs = append(p.plan.Needs, p.graph.DependenciesOf(i))
		p.plan.Retries = append(p.plan.Retries, model.Retries)
	}
	return p, nil
}

// fits returns an error if a run with these tasks is not one of the flow.
func (p *program) fits(tasks []run.Task) error {
	if models := len(p.flow.Models); models != len(tasks) {
		return &undecodableError{fmt.Errorf("it has %s, and the run has %s", problem.Counted(models, "model"), problem.Counted(len(tasks), "task"))}
	}
	return nil
}

// mostPrograms is how many flows are kept though no open run needs them: the
// next run is most often of one that was run before.
const mostPrograms = 256

// leave says that a run needs its program no longer.
func (ps programs) leave(digest string) {
	if p := ps[digest]; p != nil {
		p.users--
	}
	if len(ps) > mostPrograms {
		maps.DeleteFunc(ps, func(_ string, p *program) bool { return p.users == 0 })
	}
}

// enqueue puts those of some tasks into the queue that can be started.
func (s *Scheduler) enqueue(open *openRun, tasks []int) {
	for _, i := range tasks {
		s.queue.Add(open.ready(i), open.tasks[i].Reason)
		open.queuedAt(i, time.Now())
	}
}

// queuedAt records since when a task is in the queue.
func (o *openRun) queuedAt(task int, now time.Time) {
	if o.queued == nil {
		o.queued = make(map[int]time.Time)
	}
	if o.queued[task].IsZero() {
		o.queued[task] = now
	}
}

// waited is how long a task was in the queue, which it leaves.
func (o *openRun) waited(task int, now time.Time) time.Duration {
	since, queued := o.queued[task]
	if !queued {
		return 0
	}
	delete(o.queued, task)
	return now.Sub(since)
}

// dequeue takes all tasks of a run out of the queue.
func (s *Scheduler) dequeue(open *openRun) {
	for i := range open.tasks {
		s.queue.Remove(open.run.ID, i)
	}
}

// ready is what a task asks of the site, and its place in the order.
func (o *openRun) ready(i int) plan.Ready {
	model := &o.flow.Models[i]
	return plan.Ready{
		Run:      o.run.ID,
		Task:     i,
		Seq:      o.run.Seq,
		Priority: o.run.Priority,
		Later:    o.graph.Depth(i) > 0,
		GPUs:     model.GPUs,
		Executor: model.Executor,
	}
}

// needed reports whether another task of the run reads what a task writes.
func (o *openRun) needed(task int) bool {
	return slices.ContainsFunc(o.plan.Needs, func(needs []int) bool { return slices.Contains(needs, task) })
}

// rest is a task that is not tried again before a time.
type rest struct {
	until time.Time
	open  *openRun
	task  int
}
