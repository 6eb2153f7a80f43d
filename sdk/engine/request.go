package engine

import (
	"context"

	"github.com/raddeploy/raddeploy/sdk"
)

// Request is all that an engine makes a container of.
type Request struct {
	Name string
	// Task says what is run, in neutral words and the engine's options. Its
	// mounts are in Mounts, unless the engine's [Way] is [Streamed].
	Task *sdk.Task
	// Labels are what the container bears. All else that is made for it bears
	// their [Marks].
	Labels map[string]string
	// Mounts are to be done in this order. Way is how.
	Mounts []Mount
	Way    Way
	// Warn tells the operator of what does not go as the task says.
	Warn func(string)
}

// check says what is wrong with a task.
func (e *Executor) check(ctx context.Context, task *sdk.Task) sdk.Diagnostics {
	found := e.checkMounts(ctx, task)
	if task.Container.Image == "" {
		found = append(found, sdk.Diagnostic{Path: []string{"image"}, Summary: "there is no image"})
	}
	return append(found, e.engine.Check(ctx, task)...)
}

// request turns a task into what the engine makes a container of. It has no
// effects.
func (a *attempt) request(ctx context.Context) (*Request, laid, error) {
	task, err := a.e.resolved(a.task)
	if err != nil {
		return nil, laid{}, err
	}
	way := a.e.way(ctx, a.task)
	a.Mu.Lock()
	if a.copied {
		way = min(way, Copied)
	}
	a.Mu.Unlock()
	mounts := lay(task, way)
	return &Request{
		Name: ContainerName(a.ID), Task: task, Labels: a.e.labels(a.task), Mounts: mounts.mounts, Way: way, Warn: a.Warn,
	}, mounts, nil
}
