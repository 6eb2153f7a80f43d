package slurm

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/cluster"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/state"
	"github.com/raddeploy/raddeploy/sdk"
)

// List implements [sdk.Executor]. It names the attempts that have a folder, and
// those that only a job's comment tells of.
func (e *Executor) List(ctx context.Context) ([]sdk.Held, error) {
	if e.cluster == nil {
		return nil, errUnconfigured
	}
	held := map[sdk.AttemptID]bool{}
	comment := e.comment("")
	err := e.cluster.Queue(ctx, &cluster.Words{}, e.jobPrefix(), func(j cluster.Job) {
		id, ours := strings.CutPrefix(j.Comment, comment)
		if ours && sdk.AttemptID(id).Valid() && state.Of(j.State).Phase != state.Over {
			held[sdk.AttemptID(id)] = false
		}
	})
	if err != nil {
		return nil, asError(err, "list attempts")
	}
	if err := e.work.missing(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(e.work.path)
	if err != nil {
		return nil, asError(err, "list attempts")
	}
	for _, entry := range entries {
		name := entry.Name()
		id, removed := strings.CutPrefix(name, tombstone)
		switch _, active := held[sdk.AttemptID(id)]; {
		case removed && active:
			// its script is in its last lines, or will find no folder
			delete(held, sdk.AttemptID(id))
		case removed:
			_ = os.RemoveAll(filepath.Join(e.work.path, name))
		case strings.HasPrefix(name, unborn):
			if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > time.Hour {
				// of a plugin that was killed in Start
				_ = os.RemoveAll(filepath.Join(e.work.path, name))
			}
		case sdk.AttemptID(name).Valid():
			held[sdk.AttemptID(name)] = e.hasEnded(sdk.AttemptID(name))
		}
	}
	return e.attempts.Held(held), nil
}

func (e *Executor) hasEnded(id sdk.AttemptID) bool {
	names, err := e.folderOf(id).Names()
	return err == nil && (names[job.VerdictFile] || names[job.ExitFile])
}

// Remove implements [sdk.Executor].
func (e *Executor) Remove(ctx context.Context, id sdk.AttemptID) error {
	if e.cluster == nil {
		return errUnconfigured
	}
	a, err := e.find(ctx, id)
	if sdk.KindOf(err) == sdk.NotFound {
		strays, err := e.strays(ctx, id)
		if err == nil && len(strays) > 0 {
			err = sdk.Errorf(sdk.FailedPrecondition, "remove attempt %s: its job %s has not ended: stop it first", id, strays[0].ID)
		}
		return err
	}
	if err != nil {
		return err
	}
	if a.View().Exit == nil {
		// Another process may have left a record that this one has not looked
		// at yet.
		if !e.hasEnded(id) {
			return sdk.Errorf(sdk.FailedPrecondition, "remove attempt %s: it has not ended: stop it first", id)
		}
		select {
		case <-a.Done:
		case <-ctx.Done():
			return sdk.Errorf(sdk.Unavailable, "remove attempt %s: %w", id, ctx.Err())
		}
	}
	if err := e.removeFolder(id); err != nil {
		return asError(err, "remove attempt "+string(id))
	}
	e.attempts.Forget(id)
	return nil
}

// tombstone begins the name of the empty folder that says that what a job may
// still do is nothing to be listed.
const tombstone = ".gone-"

// removeFolder takes the folder's name away first: what is removed by half is
// no attempt any more.
func (e *Executor) removeFolder(id sdk.AttemptID) error {
	folder, gone := string(e.folderOf(id)), filepath.Join(e.work.path, tombstone+string(id))
	if err := os.RemoveAll(gone); err != nil { // of a removal that broke off
		return err
	}
	if err := os.Rename(folder, gone); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	entries, err := os.ReadDir(gone)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(gone, entry.Name())))
	}
	return err
}
