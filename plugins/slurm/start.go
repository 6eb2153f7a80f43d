package slurm

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/mounting"
)

// ValidateTask implements [sdk.Executor].
func (e *Executor) ValidateTask(_ context.Context, task *sdk.Task) (sdk.Diagnostics, error) {
	if e.cluster == nil {
		return nil, errUnconfigured
	}
	_, found := e.request(task)
	return found, nil
}

// Start implements [sdk.Executor]. It returns when the attempt's folder is
// there: from then on its image is fetched and its job submitted, by this
// plugin process or by another.
func (e *Executor) Start(ctx context.Context, task *sdk.Task) (sdk.Handle, error) {
	if e.cluster == nil {
		return nil, errUnconfigured
	}
	if !task.Attempt.Valid() {
		return nil, sdk.Errorf(sdk.InvalidArgument, "start: %q is no attempt's id", task.Attempt)
	}
	if a := e.attempts.Known(task.Attempt); a != nil {
		return nil, a.TakenOn(ctx)
	}
	if err := e.work.missing(); err != nil {
		return nil, err
	}
	if _, err := os.Stat(string(e.folderOf(task.Attempt))); errors.Is(err, fs.ErrNotExist) {
		if err := e.intend(task); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, asError(err, "start "+string(task.Attempt))
	}
	a := e.attempts.Take(task.Attempt, func() *attempt { return e.newAttempt(task.Attempt) })
	return nil, a.TakenOn(ctx)
}

// unborn begins the name of a folder that is no attempt's yet.
const unborn = ".new-"

// intend makes the attempt's folder, in one step: with all that is needed to
// submit the job, or not at all.
func (e *Executor) intend(task *sdk.Task) error {
	p, found := e.request(task)
	if err := found.Err(); err != nil {
		return err
	}
	doing := "start " + string(task.Attempt)
	for _, folder := range p.opens {
		if err := mounting.OpenFolder(folder); err != nil {
			return asError(err, doing)
		}
	}
	temporary, err := os.MkdirTemp(e.work.path, unborn)
	if err != nil {
		return asError(err, doing)
	}
	defer os.RemoveAll(temporary)
	folder := job.Folder(temporary)
	if err = folder.WriteJSON(job.PlanFile, p); err == nil {
		err = os.Rename(temporary, string(e.folderOf(task.Attempt)))
	}
	if err != nil && !errors.Is(err, fs.ErrExist) { // another Start may have been first
		return asError(err, doing)
	}
	return asError(syncFolder(e.work.path), doing)
}

// syncFolder makes what happened to the names in a folder outlive a loss of power.
func syncFolder(path string) error {
	dir, err := os.Open(filepath.Clean(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// Recover implements [sdk.Executor].
func (e *Executor) Recover(ctx context.Context, task *sdk.Task, _ sdk.Handle) error {
	_, err := e.find(ctx, task.Attempt)
	return err
}

// Watch implements [sdk.Executor].
func (e *Executor) Watch(ctx context.Context, id sdk.AttemptID, emit func(sdk.Event) error) error {
	a, err := e.find(ctx, id)
	if err != nil {
		return err
	}
	return a.Watch(ctx, emit, asError)
}

// find returns an attempt that this process knows, or one that has a folder.
func (e *Executor) find(ctx context.Context, id sdk.AttemptID) (*attempt, error) {
	if e.cluster == nil {
		return nil, errUnconfigured
	}
	if a := e.attempts.Known(id); a != nil {
		return a, a.TakenOn(ctx)
	}
	if !id.Valid() {
		return nil, sdk.Errorf(sdk.NotFound, "slurm: %q is no attempt's id", id)
	}
	_, err := os.Stat(e.folderOf(id).Path(job.PlanFile))
	if errors.Is(err, fs.ErrNotExist) {
		// The folder is the truth, if it can be seen. A cluster that does not
		// answer may have its job.
		if err := e.work.missing(); err != nil {
			return nil, err
		}
		if _, err := e.cluster.Find(ctx, e.jobName(id)); err != nil {
			return nil, asError(err, "look for attempt "+string(id))
		}
		return nil, sdk.Errorf(sdk.NotFound, "slurm: there is no attempt %s", id)
	}
	if err != nil {
		return nil, asError(err, "look for attempt "+string(id))
	}
	a := e.attempts.Take(id, func() *attempt { return e.newAttempt(id) })
	return a, a.TakenOn(ctx)
}
