package fake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Executor does as the plans of its attempts say. It implements [sdk.Executor] and all the optional interfaces.
type Executor struct {
	config Config
	site   sdk.Site
	plans  func(*sdk.Task) Plan
	mu     sync.Mutex // concluding
}

// New makes an executor for use in the test's own process, configured and healthy. A task's plan is what plans says; if plans is nil it is
// in the task's options, as a *[Plan] or as JSON, as an agent gives it.
func New(backend Backend, site sdk.Site, plans func(*sdk.Task) Plan) *Executor {
	return &Executor{config: Config{Dir: backend.Dir, Local: true, Poll: 5 * time.Millisecond}, site: site, plans: plans}
}

func (e *Executor) backend() Backend { return Backend{Dir: e.config.Dir} }

// Configure implements [sdk.Executor].
func (e *Executor) Configure(_ context.Context, site sdk.Site) error {
	if e.config.Broken == "configure" {
		return sdk.Errorf(sdk.FailedPrecondition, "configure: broken, as asked")
	}
	if !filepath.IsAbs(e.config.Dir) {
		return sdk.Diagnostics{{Path: []string{"config", "dir"}, Summary: "\"dir\" must be an absolute path"}}.Err()
	}
	e.site = site
	return nil
}

// ValidateTask implements [sdk.Executor].
func (e *Executor) ValidateTask(_ context.Context, task *sdk.Task) (sdk.Diagnostics, error) {
	plan, err := e.plan(task)
	switch {
	case e.config.Broken == "panic":
		panic("broken, as asked")
	case err != nil:
		return nil, err
	case plan.Refuse != "":
		return sdk.Diagnostics{{Path: []string{"options", "refuse"}, Summary: plan.Refuse}}, nil
	}
	return nil, nil
}

// Start implements [sdk.Executor].
func (e *Executor) Start(_ context.Context, task *sdk.Task) (sdk.Handle, error) {
	plan, err := e.plan(task)
	if err != nil {
		return nil, err
	}
	if err := plan.startError(task.Attempt); err != nil {
		return nil, err
	}
	stored := *task
	stored.Options = nil
	_, err = e.backend().write(task.Attempt, "started", record{
		Site: e.site.Name, Instance: e.site.Instance, Task: stored, Plan: plan, Accepted: time.Now(),
	})
	return sdk.Handle("fake:" + task.Attempt), err
}

// Recover implements [sdk.Executor].
func (e *Executor) Recover(_ context.Context, task *sdk.Task, _ sdk.Handle) error {
	_, err := e.backend().record(task.Attempt)
	return err
}

// Stop implements [sdk.Executor].
func (e *Executor) Stop(_ context.Context, attempt sdk.AttemptID, grace time.Duration) error {
	if s, err := e.conclude(attempt); err != nil || s.exit != nil {
		return err
	}
	_, err := e.backend().write(attempt, "stop", mark{At: time.Now(), Grace: grace})
	return err
}

// Remove implements [sdk.Executor].
func (e *Executor) Remove(_ context.Context, attempt sdk.AttemptID) error {
	s, err := e.conclude(attempt)
	switch {
	case sdk.KindOf(err) == sdk.NotFound:
		return os.RemoveAll(e.backend().path(attempt)) // what a Remove that was killed has left
	case err != nil:
		return err
	case s.exit == nil:
		return sdk.Errorf(sdk.FailedPrecondition, "remove attempt %s: it still runs", attempt)
	}
	// The fact that it was started goes first: without it the attempt is unknown, should the rest stay.
	err = errors.Join(os.Remove(e.backend().path(attempt, "started")), os.RemoveAll(e.backend().path(attempt)))
	if err != nil {
		return fmt.Errorf("remove attempt %s: %w", attempt, err)
	}
	return nil
}

// List implements [sdk.Executor].
func (e *Executor) List(context.Context) ([]sdk.Held, error) {
	attempts, err := e.backend().Attempts()
	if err != nil {
		return nil, err
	}
	var held []sdk.Held
	for _, attempt := range attempts {
		s, err := e.conclude(attempt)
		switch {
		case sdk.KindOf(err) == sdk.NotFound:
		case err != nil:
			return nil, err
		case s.record.Site == e.site.Name && s.record.Instance == e.site.Instance:
			held = append(held, sdk.Held{Attempt: attempt, Ended: s.exit != nil})
		}
	}
	return held, nil
}

func (e *Executor) plan(task *sdk.Task) (Plan, error) {
	if e.plans != nil {
		return e.plans(task), nil
	}
	var plan Plan
	switch options := task.Options.(type) {
	case nil:
	case *Plan:
		plan = *options
	case []byte:
		return plan, sdk.Decode(options, &plan, "options").Err()
	default:
		return plan, sdk.Errorf(sdk.InvalidArgument, "options of type %T", task.Options)
	}
	return plan, nil
}

func (e *Executor) conclude(attempt sdk.AttemptID) (situation, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.backend().conclude(attempt, time.Now())
}
