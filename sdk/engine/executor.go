package engine

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// Executor runs attempts as containers of one [Engine]. It keeps nothing that
// cannot be found again in the engine and in its own folder; what it has in
// memory is one goroutine for each open attempt, which brings it to its end.
type Executor struct {
	name     string
	open     func(sdk.Site) (Engine, Settings, error)
	site     sdk.Site
	engine   Engine // nil until Configure
	settings Settings
	pulls    *puller
	attempts *attempts.Set[*attempt]
	overlays overlays
}

var (
	_ sdk.Executor    = (*Executor)(nil)
	_ sdk.LogReader   = (*Executor)(nil)
	_ sdk.StatsReader = (*Executor)(nil)
	_ sdk.Prefetcher  = (*Executor)(nil)
	_ sdk.ImageFinder = (*Executor)(nil)
)

// New returns an executor of an engine, which is called by a name in messages.
// Open is called once, by Configure: it checks the site's configuration and
// returns the engine, without asking it anything. [Executor.Close] ends it.
func New(name string, open func(sdk.Site) (Engine, Settings, error)) *Executor {
	return &Executor{name: name, open: open, attempts: attempts.NewSet[*attempt]()}
}

// Configure implements [sdk.Executor]. It does not contact the engine.
func (e *Executor) Configure(_ context.Context, site sdk.Site) error {
	for _, root := range site.Roots {
		if !filepath.IsAbs(root) {
			return sdk.Errorf(sdk.InvalidArgument, "the folder %q is no absolute path", root)
		}
	}
	if err := os.MkdirAll(site.WorkDir, 0o700); err != nil {
		return sdk.Errorf(sdk.InvalidArgument, "the executor's folder: %w", err)
	}
	engine, settings, err := e.open(site)
	if err != nil {
		return sdk.Errorf(sdk.InvalidArgument, "%s's configuration: %w", e.name, err)
	}
	settings.PullPatience = cmp.Or(settings.PullPatience, 3*time.Second)
	e.site, e.engine, e.settings = site, engine, settings
	e.pulls = newPuller(engine, settings)
	return nil
}

// Close ends all of the executor's own work and waits for it, and closes the
// engine if it is an [io.Closer]. Containers stay as they are.
func (e *Executor) Close() error {
	e.attempts.Close()
	if engine, ok := e.engine.(io.Closer); ok {
		return engine.Close()
	}
	return nil
}

// configured is an error before Configure.
func (e *Executor) configured() error {
	if e.engine == nil {
		return sdk.Errorf(sdk.FailedPrecondition, "%s: not configured yet", e.name)
	}
	return nil
}

// ValidateTask implements [sdk.Executor].
func (e *Executor) ValidateTask(ctx context.Context, task *sdk.Task) (sdk.Diagnostics, error) {
	if err := e.configured(); err != nil {
		return nil, err
	}
	return e.check(ctx, task), nil
}

// Start implements [sdk.Executor]. It returns when the container is there, or
// when the fetching of its image has begun.
func (e *Executor) Start(ctx context.Context, task *sdk.Task) (sdk.Handle, error) {
	if err := e.configured(); err != nil {
		return nil, err
	}
	if !task.Attempt.Valid() {
		return nil, sdk.Errorf(sdk.InvalidArgument, "start: %q is no attempt's id", task.Attempt)
	}
	a := e.attempts.Take(task.Attempt, func() *attempt { return e.newAttempt(task.Attempt, task) })
	return nil, a.TakenOn(ctx)
}

// Recover implements [sdk.Executor].
func (e *Executor) Recover(ctx context.Context, task *sdk.Task, _ sdk.Handle) error {
	_, err := e.find(ctx, task.Attempt, task)
	return err
}

// Watch implements [sdk.Executor].
func (e *Executor) Watch(ctx context.Context, id sdk.AttemptID, emit func(sdk.Event) error) error {
	a, err := e.find(ctx, id, nil)
	if err != nil {
		return err
	}
	return a.Watch(ctx, emit, asError)
}

// find returns an attempt that this process knows, or one whose container the
// engine has. task may be nil.
func (e *Executor) find(ctx context.Context, id sdk.AttemptID, task *sdk.Task) (*attempt, error) {
	if err := e.configured(); err != nil {
		return nil, err
	}
	if a := e.attempts.Known(id); a != nil {
		return a, a.TakenOn(ctx)
	}
	if !id.Valid() {
		return nil, sdk.Errorf(sdk.NotFound, "%s: %q is no attempt's id", e.name, id)
	}
	c, err := e.container(ctx, id)
	if err != nil {
		return nil, err
	}
	a := e.attempts.Take(id, func() *attempt {
		a := e.newAttempt(id, task)
		a.adoptLocked(c)
		return a
	})
	return a, a.TakenOn(ctx)
}

// container asks the engine for the container of an attempt.
func (e *Executor) container(ctx context.Context, id sdk.AttemptID) (Container, error) {
	c, err := e.engine.Find(ctx, ContainerName(id))
	if err != nil {
		return Container{}, asError(err, "look for attempt "+string(id))
	}
	return c, e.owns(c, id)
}

// asError says what was done when an error came. What has no kind means that it
// is unknown now.
func asError(err error, doing string) error {
	if err == nil {
		return nil
	}
	kind := sdk.KindOf(err)
	if kind == sdk.Unknown {
		kind = sdk.Unavailable
	}
	return sdk.Errorf(kind, "%s: %w", doing, err)
}

// unanswered tells whether an error leaves open what became of a call.
func unanswered(err error) bool {
	return sdk.KindOf(err) == sdk.Unavailable || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
