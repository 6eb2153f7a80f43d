// Package process is an executor that needs no container runtime: it runs a
// task's command with this host's own programs, in a private view of the file
// system where the task's folders are where the flow says.
//
// It isolates trusted programs from each other and the host's files from
// accidents. It is not a security boundary: the command sees the host's programs
// and configuration, and its network.
package process

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/plugins/process/internal/attempt"
	"github.com/raddeploy/raddeploy/plugins/process/internal/cgroup"
	"github.com/raddeploy/raddeploy/plugins/process/internal/shim"
	"github.com/raddeploy/raddeploy/sdk"
	"golang.org/x/sys/unix"
)

// Config is the site's configuration of the executor.
type Config struct {
	Images     map[string]string `raddeploy:"images" doc:"image = absolute path of the program on this host that stands for it, as its entrypoint does"`
	OnlyImages bool              `raddeploy:"only_images" doc:"refuse the images that are not listed, instead of running their command with the host's programs"`
	Show       []string          `raddeploy:"show" doc:"more paths of the host that tasks can read, such as a Python environment under /home"`
	CopyInputs bool              `raddeploy:"copy_inputs" doc:"copy inputs although overlayfs could spare that"`
	Cgroup     string            `raddeploy:"cgroup" default:"raddeploy" doc:"the cgroup, below /sys/fs/cgroup, in which tasks get theirs with their limits"`
}

// Executor implements [sdk.Executor], [sdk.LogReader] and [sdk.ImageFinder]. All that it knows of
// an attempt stands in the attempt's folder, so that it makes no difference
// whether this process or an earlier one began it.
type Executor struct {
	config *Config
	site   sdk.Site
	// unlimited is why limits cannot be set here, or nil. Asked once, when
	// first needed, since it touches the host.
	unlimited func() error
}

var (
	_ sdk.Executor    = (*Executor)(nil)
	_ sdk.LogReader   = (*Executor)(nil)
	_ sdk.ImageFinder = (*Executor)(nil)
)

// Plugin is this executor as a program's main hands it to the sdk.
func Plugin(version string) sdk.Plugin {
	config := new(Config)
	return sdk.Plugin{
		Name:     "process",
		Version:  version,
		Doc:      "Runs tasks with this host's own programs, each in a private view of the file system.",
		Config:   config,
		Executor: New(config),
	}
}

// New makes the executor. The config is read once Configure has been called,
// which is after it has been filled.
func New(config *Config) *Executor {
	e := &Executor{config: config}
	e.unlimited = sync.OnceValue(func() error {
		if config.Cgroup == "" {
			return errors.New("the site's config names no cgroup")
		}
		return cgroup.Prepare(cgroup.Mount, config.Cgroup)
	})
	return e
}

// Configure notes the site.
func (e *Executor) Configure(_ context.Context, site sdk.Site) error {
	for image, program := range e.config.Images {
		if !filepath.IsAbs(program) {
			return sdk.Errorf(sdk.InvalidArgument, "images: %s = %q: want an absolute path", image, program)
		}
	}
	for _, path := range e.config.Show {
		if !filepath.IsAbs(path) {
			return sdk.Errorf(sdk.InvalidArgument, "show: %q: want an absolute path", path)
		}
	}
	e.site = site
	left, _ := fs.Glob(os.DirFS(site.WorkDir), trial+"*") // by plugins that were killed
	for _, name := range left {
		// in nobody's way: tried again next time
		_ = os.RemoveAll(filepath.Join(site.WorkDir, name))
	}
	return nil
}

// Start writes down what is to run and launches a shim for it. If an attempt
// has been claimed by a shim, it has been started.
func (e *Executor) Start(_ context.Context, task *sdk.Task) (sdk.Handle, error) {
	path, err := e.path(task.Attempt)
	if err != nil {
		return nil, err
	}
	plan, err := e.plan(task)
	if err != nil {
		return nil, err
	}
	folder, err := attempt.Create(path)
	if err != nil {
		return nil, sdk.Errorf(sdk.Unavailable, "make the attempt's folder: %w", err)
	}
	defer folder.Close()
	if folder.Has(attempt.ProcessFile) {
		return nil, nil
	}
	if err := folder.Replace(attempt.TaskFile, plan); err != nil {
		return nil, sdk.Errorf(sdk.Unavailable, "write the task down: %w", err)
	}
	if err := shim.Launch(path, plan); err != nil {
		return nil, sdk.Errorf(sdk.Unavailable, "%w; %s", err, e.hint(err))
	}
	return nil, nil
}

// Recover has nothing to do but look: the shim lives by itself.
func (e *Executor) Recover(_ context.Context, task *sdk.Task, _ sdk.Handle) error {
	folder, _, err := e.find(task.Attempt)
	if err != nil {
		return err
	}
	return folder.Close()
}

// Stop writes the request down, then wakes the shim, which looks for it.
func (e *Executor) Stop(_ context.Context, id sdk.AttemptID, grace time.Duration) error {
	folder, status, err := e.find(id)
	if err != nil {
		return err
	}
	defer folder.Close()
	if status.Exit != nil {
		return nil
	}
	stop := attempt.Stop{Due: time.Now().Add(grace)}
	var earlier attempt.Stop // a second request can only hasten the end
	if err := folder.Read(attempt.StopFile, &earlier); err == nil && earlier.Due.Before(stop.Due) {
		stop = earlier
	}
	if err := folder.Replace(attempt.StopFile, stop); err != nil {
		return err
	}
	return status.Process.Signal(unix.SIGTERM)
}

// Remove deletes the folder, and what was made in the task's work folder.
// Mounts and processes ended with the shim.
func (e *Executor) Remove(_ context.Context, id sdk.AttemptID) error {
	path, err := e.path(id)
	if err != nil {
		return err
	}
	folder, err := attempt.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer folder.Close()
	status, err := folder.Status()
	if err == nil && status.Exit == nil {
		return sdk.Errorf(sdk.FailedPrecondition, "attempt %s still runs: stop it first", id)
	}
	var plan shim.Plan
	if err := folder.Read(attempt.TaskFile, &plan); err == nil {
		// A shim that was killed could not remove its cgroup.
		if err := errors.Join(removeAll(plan.Scratch), cgroup.Remove(cgroup.Mount, plan.Cgroup, plan.Name)); err != nil {
			return err
		}
	}
	return removeNow(path)
}

// removeNow removes an ended attempt's folder. Whoever noted the end may be
// about to tidy up behind the note: then it is tried again.
func removeNow(path string) error {
	for pause := time.Millisecond; ; pause *= 2 {
		err := os.RemoveAll(path)
		if !errors.Is(err, unix.ENOTEMPTY) || pause > time.Second {
			return err
		}
		time.Sleep(pause)
	}
}

// removeAll removes a folder in which a task, or overlayfs, made folders that
// not even their owner may read.
func removeAll(path string) error {
	err := os.RemoveAll(path)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	_ = filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			_ = os.Chmod(path, 0o700) // comes before it is read
		}
		return nil
	})
	return os.RemoveAll(path)
}

// List names the attempts that have a folder. One that no shim has claimed
// never began, and so can be removed.
func (e *Executor) List(context.Context) ([]sdk.Held, error) {
	entries, err := os.ReadDir(e.site.WorkDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var held []sdk.Held
	for _, entry := range entries {
		id := sdk.AttemptID(entry.Name())
		if !sdk.AttemptID(entry.Name()).Valid() {
			continue
		}
		folder, status, err := e.find(id)
		if err == nil {
			folder.Close()
		}
		held = append(held, sdk.Held{Attempt: id, Ended: err != nil || status.Exit != nil})
	}
	return held, nil
}

// find opens the folder of an attempt that was started.
func (e *Executor) find(id sdk.AttemptID) (attempt.Folder, attempt.Status, error) {
	path, err := e.path(id)
	if err != nil {
		return attempt.Folder{}, attempt.Status{}, err
	}
	folder, err := attempt.Open(path)
	var status attempt.Status
	if err == nil {
		if status, err = folder.Status(); err == nil {
			return folder, status, nil
		}
		folder.Close()
	}
	if errors.Is(err, fs.ErrNotExist) {
		return folder, status, sdk.Errorf(sdk.NotFound, "attempt %s is not known here", id)
	}
	return folder, status, sdk.Errorf(sdk.Unavailable, "look at attempt %s: %w", id, err)
}

// path is the folder of an attempt. The name comes from outside and must not
// lead anywhere else.
func (e *Executor) path(id sdk.AttemptID) (string, error) {
	if !id.Valid() {
		return "", sdk.Errorf(sdk.InvalidArgument, "%q is not an attempt's id", id)
	}
	return filepath.Join(e.site.WorkDir, string(id)), nil
}
