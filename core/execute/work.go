package execute

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// Store is what the engine needs of the state database.
type Store interface {
	// SelectedObjects returns the objects that a run works on.
	SelectedObjects(ctx context.Context, id run.ID) ([]run.Object, error)
	// SetStarted records that the executor has accepted an attempt.
	SetStarted(ctx context.Context, id run.AttemptID, handle []byte, at time.Time) error
	// DigestBefore returns the digest of an image in the last attempt on the same
	// executor that ended before; "": there is none.
	DigestBefore(ctx context.Context, attempt run.Attempt, image string) (string, error)
}

// Execute leads an attempt to its end. The error is that of ctx: the agent stops,
// and the attempt goes on without it; or that of the attempt's record, without
// which nothing is started.
func (e *Engine) Execute(ctx context.Context, j *run.Job) (run.Ending, error) {
	id, executor := j.Attempt.ID, e.Executor(j.Attempt.Executor)
	defer e.progress.drop(id)
	if j.Resumed {
		e.progress.say(id, "waits for executor "+j.Attempt.Executor)
		if err := executor.Described(ctx); err != nil {
			return run.Ending{}, err
		}
	}
	return e.Run(ctx, Job{
		Run:        j.Run,
		Flow:       j.Flow,
		Attempt:    j.Attempt,
		AvoidNodes: j.AvoidNodes,
		Inputs:     j.Inputs,
		Recorded:   j.Recorded,
		Resumed:    j.Resumed,
		Canceled:   j.Canceled,
		Subdir:     j.Flow.Subdirs(e.TarSubdir),
		Objects:    func() ([]run.Object, error) { return e.Store.SelectedObjects(ctx, j.Run.ID) },
		Devices:    e.Devices(j.Attempt.Executor, j.Attempt.GPUs),
		Executor:   executor,
		Locate: func(path ...string) lang.Range {
			return e.Locate(j.Run.Digest, j.Attempt.Task, path...)
		},
		Started: func(handle sdk.Handle, at time.Time) error {
			return e.Store.SetStarted(ctx, id, handle, at)
		},
		Progress: func(event sdk.Event) { e.progress.note(id, event) },
		Doing:    func(what string) { e.progress.say(id, what) },
	})
}

// Doing says what an attempt does at the moment, for people; "" if it does not
// run, or has not said.
func (e *Engine) Doing(id run.AttemptID) string { return e.progress.of(id) }
