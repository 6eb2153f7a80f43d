package fake

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Executor does as the plans of its attempts say. It implements [sdk.Executor]
// and all the optional interfaces.
type Executor struct {
	config Config
	site   sdk.Site
	plans  func(*sdk.Task) Plan
	locks  [16]sync.Mutex // concluding, by the attempt
	over   sync.Map       // ends by their attempt, that the folder need not be read again
}

// New makes an executor for use in the test's own process, configured and
// healthy. A task's plan is what plans says; if plans is nil it is in the
// task's options, as a *[Plan] or as JSON, as an agent gives it.
func New(backend Backend, site sdk.Site, plans func(*sdk.Task) Plan) *Executor {
	return &Executor{config: Config{Dir: backend.Dir, Local: true, Poll: 5 * time.Millisecond}, site: site, plans: plans}
}

func (e *Executor) backend() Backend {
	return Backend{Dir: e.config.Dir, broken: e.config.Broken, slots: e.config.Slots}
}

// Configure implements [sdk.Executor].
func (e *Executor) Configure(_ context.Context, site sdk.Site) error {
	switch broken := e.config.Broken; {
	case broken == "configure":
		return sdk.Errorf(sdk.FailedPrecondition, "configure: broken, as asked")
	case broken != "" && broken != "panic" && !slices.Contains(Breaks(), broken):
		return sdk.Diagnostics{{Path: []string{"config", "broken"}, Summary: fmt.Sprintf("nothing that can be broken is called %q", broken)}}.Err()
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
	case plan.NoImage:
		return sdk.Diagnostics{{Path: []string{"image"}, Summary: "images are not used here, as the plan says", Warning: true}}, nil
	}
	return nil, nil
}

// Start implements [sdk.Executor].
func (e *Executor) Start(_ context.Context, task *sdk.Task) (sdk.Handle, error) {
	plan, err := e.plan(task)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(e.reach(), plan.startError(task.Attempt)); err != nil {
		return nil, err
	}
	if err := e.refuse(task); err != nil {
		return nil, err
	}
	stored := *task
	stored.Options = nil
	_, err = e.backend().write(task.Attempt, "started", record{
		Site: e.site.Name, Instance: e.site.Instance, Task: stored, Plan: imagePlan(plan, task.Container.Image), Accepted: time.Now(),
	})
	return sdk.Handle("fake:" + task.Attempt), err
}

// Recover implements [sdk.Executor].
func (e *Executor) Recover(_ context.Context, task *sdk.Task, _ sdk.Handle) error {
	if err := e.reach(); err != nil {
		return err
	}
	_, err := e.backend().record(task.Attempt)
	return err
}

// Stop implements [sdk.Executor].
func (e *Executor) Stop(_ context.Context, attempt sdk.AttemptID, grace time.Duration) error {
	if s, err := e.conclude(attempt); err != nil || s.exit != nil {
		return err
	}
	now, stop := time.Now(), mark{}
	if asked, err := e.backend().read(attempt, "stop", &stop); err != nil {
		return err
	} else if !asked {
		stop = mark{At: now, Grace: grace}
	}
	// a second Stop can only hasten the end
	stop.Grace = min(stop.Grace, now.Add(grace).Sub(stop.At))
	return e.backend().replace(attempt, "stop", stop)
}

// Remove implements [sdk.Executor].
func (e *Executor) Remove(_ context.Context, attempt sdk.AttemptID) error {
	if !e.own(attempt) {
		return nil // to this site it is unknown
	}
	s, err := e.conclude(attempt)
	switch {
	case sdk.KindOf(err) == sdk.NotFound:
		return os.RemoveAll(e.backend().path(attempt)) // what a Remove that was killed has left
	case err != nil:
		return err
	case s.exit == nil:
		return sdk.Errorf(sdk.FailedPrecondition, "remove attempt %s: it still runs", attempt)
	}
	e.over.Delete(attempt)
	return e.remove(attempt)
}

func (e *Executor) remove(attempt sdk.AttemptID) error {
	lock := e.lock(attempt)
	lock.Lock()
	defer lock.Unlock()
	// The fact that it was started goes first: without it the attempt is
	// unknown, should the rest stay.
	err := os.Remove(e.backend().path(attempt, "started"))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // another Remove was quicker
	}
	if err := errors.Join(err, os.RemoveAll(e.backend().path(attempt))); err != nil {
		return fmt.Errorf("remove attempt %s: %w", attempt, err)
	}
	return nil
}

func (e *Executor) lock(attempt sdk.AttemptID) *sync.Mutex {
	return &e.locks[crc32.ChecksumIEEE([]byte(attempt))%uint32(len(e.locks))]
}

// List implements [sdk.Executor].
func (e *Executor) List(context.Context) ([]sdk.Held, error) {
	if err := e.reach(); err != nil {
		return nil, err
	}
	attempts, err := e.backend().Attempts()
	if err != nil {
		return nil, err
	}
	var held []sdk.Held
	for _, attempt := range attempts {
		found, err := e.backend().record(attempt)
		if sdk.KindOf(err) == sdk.NotFound || err == nil && (found.Site != e.site.Name || found.Instance != e.site.Instance) {
			continue
		}
		s, err := e.conclude(attempt)
		switch {
		case sdk.KindOf(err) == sdk.NotFound:
		case err != nil:
			return nil, err
		default:
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

// own tells whether an attempt is this site's, or nobody's.
func (e *Executor) own(attempt sdk.AttemptID) bool {
	found, err := e.backend().record(attempt)
	return err != nil || found.Site == e.site.Name
}

// reach says whether the backend can be asked.
func (e *Executor) reach() error {
	if e.config.Absent && e.config.Broken != "absent is empty" {
		return sdk.Errorf(sdk.Unavailable, "the backend is absent, as the configuration says")
	}
	if e.stalled() {
		return sdk.Errorf(sdk.Unavailable, "the backend does not answer, as was asked for")
	}
	return nil
}

func (e *Executor) stalled() bool { return e.raised(".stalled") }

// raised reports whether a test has made one of the files that change what the
// executor does.
func (e *Executor) raised(name string) bool {
	_, err := os.Lstat(filepath.Join(e.config.Dir, name))
	return err == nil
}

// refuse says what is wrong with a task's mounts: each source that is there
// must be in one of the site's roots, if the site has any.
func (e *Executor) refuse(task *sdk.Task) error {
	for _, mount := range task.Mounts {
		source, err := filepath.EvalSymlinks(mount.Source)
		switch e.config.Broken {
		case "any source is mounted":
			continue
		case "symlinks are followed":
			source = filepath.Clean(mount.Source)
		}
		if mount.Role == sdk.Scratch || err != nil || len(e.site.Roots) == 0 {
			continue
		}
		if !slices.ContainsFunc(e.site.Roots, func(root string) bool { return source == root || strings.HasPrefix(source, root+"/") }) {
			return sdk.Diagnostics{{Path: []string{"mounts", mount.Name}, Summary: "its folder is outside of the agent's"}}.Err()
		}
	}
	return nil
}

func (e *Executor) conclude(attempt sdk.AttemptID) (situation, error) {
	if err := e.reach(); err != nil {
		return situation{}, err
	}
	lock := e.lock(attempt)
	lock.Lock()
	defer lock.Unlock()
	started, err := os.Lstat(e.backend().path(attempt, "started"))
	if known, ok := e.over.Load(attempt); ok && err == nil && known.(end).of(started) {
		return known.(end).situation, nil
	}
	s, err := e.backend().conclude(attempt, time.Now())
	if err == nil && s.exit != nil && started != nil && e.config.Broken == "" {
		e.over.Store(attempt, end{s, started})
	}
	return s, err
}

// end is an attempt's, which never changes. It counts as long as the fact is
// there that the attempt was started.
type end struct {
	situation
	started fs.FileInfo
}

func (e end) of(started fs.FileInfo) bool {
	return os.SameFile(e.started, started) && e.started.ModTime().Equal(started.ModTime())
}
