package rehearse

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/agent"
	"github.com/raddeploy/raddeploy/core/deliver"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
)

// Task is what one task of a run does.
type Task struct {
	Name     string
	State    run.TaskState
	Executor string // of its newest attempt
	Doing    string // at this moment
	Reason   string
	Attempts int
	Took     time.Duration     // the newest attempt, if it has ended
	Warnings []string          // of all its attempts that have ended
	Log      map[string]string // the files of its newest attempt's output by "stdout" and "stderr" (see package logs)
}

const (
	// followInterval is how often a run's tasks are looked at, for people.
	followInterval = 100 * time.Millisecond
	// healthTimeout is how long a run goes on while no executor works: nobody is
	// there to repair one.
	healthTimeout = 20 * time.Second
)

// follower waits for the end of a run, and tells what its tasks do.
type follower struct {
	runner  *agent.Runner
	id      run.ID
	flow    *flow.Flow
	tell    func([]Task)
	told    []Task
	stopped bool // the runner has, by itself
}

func (f *follower) follow(ctx context.Context, stopped <-chan error) (*Ended, error) {
	look := time.NewTicker(followInterval)
	defer look.Stop()
	worked := time.Now()
	for {
		select {
		case <-look.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		case err := <-stopped:
			f.stopped = true
			return nil, errors.Join(errors.New("the scheduler has stopped"), err)
		}
		if f.works() {
			worked = time.Now()
		} else if time.Since(worked) > healthTimeout {
			return nil, f.noneWorks()
		}
		if ended, err := f.look(ctx); ended != nil || err != nil {
			return ended, err
		}
	}
}

// look tells what has changed. Ended is nil while the run goes on.
func (f *follower) look(ctx context.Context) (*Ended, error) {
	r, err := f.runner.DB.Run(ctx, string(f.id))
	if err != nil {
		return nil, err
	}
	tasks, err := f.tasks(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.EqualFunc(tasks, f.told, Task.same) {
		f.told = tasks
		if f.tell != nil {
			f.tell(tasks)
		}
	}
	if !r.State.Final() {
		return nil, nil
	}
	ended := &Ended{State: r.State, Reason: r.Reason, Tasks: tasks}
	if r.State == run.Done {
		ended.Outputs, err = f.outputs(ctx)
	}
	return ended, err
}

// works reports whether each model that has not succeeded yet has an executor
// that may run it and is up.
func (f *follower) works() bool {
	var up []plan.Executor
	for _, e := range f.runner.Fleet.Executors() {
		if offer := e.Offer(); offer.Up {
			up = append(up, offer)
		}
	}
	for i, model := range f.flow.Models {
		done := i < len(f.told) && f.told[i].State.Final()
		if fit, _ := plan.FitAny(plan.Ask{Executor: model.Executor, GPUs: model.GPUs}, up); fit == plan.No && !done {
			return false
		}
	}
	return true
}

// noneWorks says why no executor does.
func (f *follower) noneWorks() error {
	var errs []error
	for _, e := range f.runner.Fleet.Executors() {
		if !e.Up() {
			errs = append(errs, fmt.Errorf("executor %s: %s", e.Instance(), e.Message()))
		}
	}
	return fmt.Errorf("no executor that may run it works: %w", errors.Join(errs...))
}

func (t Task) same(other Task) bool {
	return t.State == other.State && t.Doing == other.Doing && t.Reason == other.Reason && t.Attempts == other.Attempts
}

func (f *follower) tasks(ctx context.Context) ([]Task, error) {
	tasks, err := f.runner.DB.Tasks(ctx, f.id)
	if err != nil {
		return nil, err
	}
	attempts, err := f.runner.DB.Attempts(ctx, f.id)
	if err != nil {
		return nil, err
	}
	shown := make([]Task, len(tasks))
	for i, task := range tasks {
		shown[i] = Task{Name: task.Name, State: task.State, Reason: task.Reason}
	}
	for _, attempt := range attempts {
		s := &shown[attempt.Task]
		s.Attempts, s.Executor, s.Doing = attempt.Number, attempt.Executor, f.runner.Engine.Doing(attempt.ID)
		if s.Took = 0; !attempt.Started.IsZero() && !attempt.Ended.IsZero() {
			s.Took = attempt.Ended.Sub(attempt.Started)
		}
		s.Warnings = append(s.Warnings, attempt.Warnings...)
		s.Log = map[string]string{}
		for _, stream := range []string{"stdout", "stderr"} {
			s.Log[stream] = f.runner.Engine.Layout.Log(f.id, attempt.Task, attempt.Number, stream)
		}
	}
	return shown, nil
}

func (f *follower) outputs(ctx context.Context) (map[string]string, error) {
	files := f.runner.Spool.Runs()
	folders, err := deliver.Outputs(ctx, f.runner.DB, files, f.id)
	if err != nil {
		return nil, err
	}
	named := map[string]string{}
	for _, folder := range folders {
		named[filepath.Base(folder)] = filepath.Join(files.Run(f.id), folder)
	}
	return named, nil
}
