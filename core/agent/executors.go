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
	"github.com/raddeploy/raddeploy/core/schedule"
	"github.com/raddeploy/raddeploy/sdk"
)

// executor is one executor instance of the site.
type executor struct {
	*plugin.Executor
	config config.Executor
}

// openExecutors makes the executors that the site names. A site that names none has the best that is found.
func (a *Agent) openExecutors(ctx context.Context) error {
	if len(a.site.Executors) == 0 {
		found, err := a.detect(ctx)
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
	}
	return &executor{plugin.New(spec, a.logger), c}, nil
}

// decode reads an executor's configuration block with the schema of its plugin.
func decode(c config.Executor) func(sdk.Schema) ([]byte, error) {
	return func(schema sdk.Schema) ([]byte, error) {
		data, diagnostics := lang.DecodeWithSchema(c.Config, schema, nil)
		return data, diagnostics.Err()
	}
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
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = e.Run(ctx)
	}()
	for {
		changed := e.Changed()
		if f := e.Fingerprint(); e.Err() == nil && f.Health != 0 && f.Backend != "" || f.Health == sdk.Undetected {
			stop()
			<-ended
			return f
		}
		select {
		case <-changed:
		case <-ctx.Done():
			f := e.Fingerprint()
			<-ended
			return f
		}
	}
}

// executor returns an instance by name. One that the site no longer has is still asked for by attempts that it began; then it is one that is away.
func (a *Agent) executor(instance string) *executor {
	for _, e := range a.executors {
		if e.Instance() == instance {
			return e
		}
	}
	c := config.Executor{Plugin: instance, Instance: instance}
	return &executor{plugin.New(plugin.Spec{Name: instance}, a.logger), c}
}

// watchExecutor wakes the scheduler when an executor changes.
func (a *Agent) watchExecutor(ctx context.Context, e *executor) error {
	var shown string
	for {
		changed := e.Changed()
		if now := e.state() + ": " + e.message(); now != shown {
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

// described waits until an executor's plugin has said what it is: before that, no task can be put to it.
func (e *executor) described(ctx context.Context) error {
	for {
		changed := e.Changed()
		if _, ok := e.Description(); ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (e *executor) up() bool {
	return e.Err() == nil && e.Fingerprint().Health == sdk.Healthy
}

func (e *executor) message() string {
	if err := e.Err(); err != nil {
		return err.Error()
	}
	return e.Fingerprint().Message
}

func (e *executor) state() string {
	if _, ok := e.Description(); !ok {
		return "starting"
	}
	switch e.Fingerprint().Health {
	case sdk.Healthy:
		return "healthy"
	case sdk.Undetected:
		return "undetected"
	}
	return "unhealthy"
}

// board is what the executors have left while the open attempts hold their leases.
func (a *Agent) board(held leases) []schedule.Executor {
	board := make([]schedule.Executor, len(a.executors))
	for i, e := range a.executors {
		board[i] = schedule.Executor{
			Instance: e.Instance(),
			Up:       e.up(),
			Message:  e.message(),
			CPUs:     e.config.CPUs - held.cpus[e.Instance()],
			AllCPUs:  e.config.CPUs,
			GPUs:     slices.DeleteFunc(e.gpus(), func(gpu string) bool { return held.gpus[gpu] }),
			AllGPUs:  len(e.config.GPUs),
		}
	}
	return board
}

// gpus names the site's devices of an executor so that one device has one name over all executors: by UUID where the backend tells it.
func (e *executor) gpus() []string {
	names := make([]string, len(e.config.GPUs))
	for i, gpu := range e.config.GPUs {
		names[i] = e.device(gpu).name()
	}
	return names
}

type device sdk.Device

func (d device) name() string {
	if d.UUID != "" {
		return d.UUID
	}
	return d.Index
}

// device finds the device that a name means: an index, a UUID or a CDI name. One that the backend does not tell of is what it is called.
func (e *executor) device(name string) device {
	for _, d := range e.Fingerprint().GPUs {
		if name == d.Index || name == d.UUID || name == d.CDI {
			return device(d)
		}
	}
	return device{Index: name}
}

func (e *executor) devices(names []string) []sdk.Device {
	var devices []sdk.Device
	for _, name := range names {
		devices = append(devices, sdk.Device(e.device(name)))
	}
	return devices
}

func (a *Agent) shownExecutors() []api.Executor {
	shown := []api.Executor{}
	for _, e := range a.executors {
		shown = append(shown, api.Executor{
			ID:      e.Instance(),
			State:   e.state(),
			Plugin:  e.config.Plugin,
			Backend: e.Fingerprint().Backend,
			Message: e.message(),
			CPUs:    e.config.CPUs,
			GPUs:    len(e.config.GPUs),
		})
	}
	return shown
}
