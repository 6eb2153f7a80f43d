package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// openExecutors makes the executors that the site names. A site that names none
// has the best that is found.
func (a *Agent) openExecutors(ctx context.Context) error {
	if len(a.site.Executors) == 0 {
		found, err := a.detected(ctx)
		if err != nil {
			return err
		}
		a.site.Executors = []config.Executor{found}
	}
	for _, c := range a.site.Executors {
		e, err := a.newExecutor(c)
		if err != nil {
			return err
		}
		a.inventory.Allow(e.Instance(), c.GPUs)
		a.executors = append(a.executors, e)
	}
	return nil
}

func (a *Agent) newExecutor(c config.Executor) (*executor, error) {
	work := filepath.Join(a.site.DataDir, "executors", c.Instance)
	if err := os.MkdirAll(work, 0o755); err != nil {
		return nil, fmt.Errorf("executor %s: %w", c.Instance, err)
	}
	roots, err := a.roots()
	if err != nil {
		return nil, fmt.Errorf("executor %s: %w", c.Instance, err)
	}
	path := c.Path
	if path == "" {
		if path, err = plugin.Find(a.site.PluginDir, c.Plugin); err != nil {
			return nil, fmt.Errorf("executor %s: %w", c.Instance, err)
		}
	}
	spec := plugin.Spec{
		Name:     c.Plugin,
		Instance: c.Instance,
		Path:     path,
		SHA256:   c.SHA256,
		Site:     sdk.Site{Name: a.id, WorkDir: work, Roots: roots},
		Allow:    c.Allow,
		Decode:   decode(c),
		Explain:  explain(c),
	}
	return &executor{Executor: plugin.New(spec, a.logger), config: c}, nil
}

// decode reads an executor's configuration block with the schema of its plugin.
func decode(c config.Executor) func(sdk.Schema) ([]byte, error) {
	return func(schema sdk.Schema) ([]byte, error) {
		data, diagnostics := lang.DecodeWithSchema(configOf(c), schema, nil)
		return data, diagnostics.Err()
	}
}

// explain gives a plugin's complaints about its configuration block their places.
func explain(c config.Executor) func(sdk.Diagnostics) error {
	return func(found sdk.Diagnostics) error { return plugin.ExplainConfig(configOf(c), found).Err() }
}

// configOf is an executor's configuration block. One that is not there is
// empty, where the executor's block stands.
func configOf(c config.Executor) *lang.Node {
	if c.Config == nil {
		return &lang.Node{Kind: lang.Map, Range: c.At}
	}
	return c.Config
}

// roots are the folders that mounts may come from, without symbolic links.
func (a *Agent) roots() ([]string, error) {
	var roots []string
	for _, dir := range []string{a.site.DataDir, a.site.StaticDir} {
		real, err := filepath.EvalSymlinks(dir)
		if errors.Is(err, os.ErrNotExist) {
			continue // a site without static mounts
		}
		if err != nil {
			return nil, err
		}
		roots = append(roots, real)
	}
	return roots, nil
}

// preferred are the plugins that a site without executors is tried with.
var preferred = []string{"docker", "process"}

// patience is how long a backend is waited for when one is looked for.
const patience = 5 * time.Second

// detected is the executor of a site that names none: that of the attempts
// which an earlier agent left, even if its backend is away now, or else the
// best that is found.
func (a *Agent) detected(ctx context.Context) (config.Executor, error) {
	open, err := a.db.AttemptsIn(ctx, run.AttemptIntended, run.AttemptStarted)
	if err != nil {
		return config.Executor{}, err
	}
	if len(open) > 0 && slices.Contains(preferred, open[0].Executor) {
		name := open[0].Executor
		return config.Executor{Plugin: name, Instance: name, CPUs: a.site.CPUs, GPUs: a.site.GPUs}, nil
	}
	return a.detect(ctx)
}

// detect finds the first executor whose backend is healthy here.
func (a *Agent) detect(ctx context.Context) (config.Executor, error) {
	var tried []error
	for _, name := range preferred {
		candidate := config.Executor{Plugin: name, Instance: name, CPUs: a.site.CPUs, GPUs: a.site.GPUs}
		e, err := a.newExecutor(candidate)
		if err != nil {
			tried = append(tried, err)
			continue
		}
		f := probe(ctx, e)
		if f.Health == sdk.Healthy {
			a.logger.Info("no executor is configured: using the best that is here", "executor", name, "backend", f.Backend)
			return candidate, nil
		}
		tried = append(tried, fmt.Errorf("executor %s: %s", name, f.Message))
	}
	return config.Executor{}, fmt.Errorf("no executor is configured, and none works here: %w", errors.Join(tried...))
}

// probe runs an executor for as long as it takes to learn its health.
func probe(ctx context.Context, e *executor) sdk.Fingerprint {
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = e.Run(ctx)
	}()
	f := healthOf(ctx, e)
	stop()
	<-ended
	return f
}

// healthOf waits until an executor that runs has told its backend's health, for
// as long as patience lasts.
func healthOf(ctx context.Context, e *executor) sdk.Fingerprint {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for {
		changed := e.Changed()
		f := e.Fingerprint()
		if e.Err() == nil && f.Health != 0 && f.Backend != "" || f.Health == sdk.Undetected {
			return f
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return e.Fingerprint()
		}
	}
}

// executor returns an instance by name. One that the site no longer has is
// still asked for by attempts that it began; then it is one that is away.
func (a *Agent) executor(instance string) *executor {
	for _, e := range a.executors {
		if e.Instance() == instance {
			return e
		}
	}
	c := config.Executor{Plugin: instance, Instance: instance}
	return &executor{Executor: plugin.New(plugin.Spec{Name: instance}, a.logger), config: c}
}

// configured reports whether the site has an executor instance.
func (a *Agent) configured(instance string) bool {
	return slices.ContainsFunc(a.executors, func(e *executor) bool { return e.Instance() == instance })
}

// watchExecutor wakes the scheduler when an executor changes.
func (a *Agent) watchExecutor(ctx context.Context, e *executor) error {
	var shown string
	for {
		changed := e.Changed()
		if now := e.state() + ": " + e.message(); now != shown && e.state() != "starting" {
			shown = now
			a.logger.Info("executor", "executor", e.Instance(), "state", e.state(), "backend", e.Fingerprint().Backend, "message", e.message())
		}
		a.scheduling.wake()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

func (a *Agent) shownExecutors() []api.Executor {
	shown := []api.Executor{}
	for _, e := range a.executors {
		one := api.Executor{
			ID:      e.Instance(),
			State:   e.state(),
			Plugin:  e.config.Plugin,
			Message: e.message(),
			CPUs:    e.cpus(),
			GPUs:    len(e.config.GPUs),
		}
		description, _ := e.Description()
		one.Tell(description, e.Fingerprint())
		shown = append(shown, one)
	}
	return shown
}
