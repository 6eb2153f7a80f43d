package containerd

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/cgroup"
	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
	"github.com/raddeploy/raddeploy/plugins/containerd/internal/gpus"
	"github.com/raddeploy/raddeploy/plugins/internal/pulls"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// Executor runs attempts as containers of one containerd. It keeps nothing that
// cannot be found again in containerd and its own folder; what it has in memory
// is one goroutine for each open attempt, which brings it to its end.
type Executor struct {
	config   *Config
	site     sdk.Site
	engine   *engine.Engine
	gpus     *gpus.Specs
	host     cgroup.Host
	node     string
	pulls    *pulls.Puller
	attempts *attempts.Set[*attempt]
	lay      *layer
	armor    armor
}

var (
	_ sdk.Executor    = (*Executor)(nil)
	_ sdk.LogReader   = (*Executor)(nil)
	_ sdk.StatsReader = (*Executor)(nil)
	_ sdk.Prefetcher  = (*Executor)(nil)
)

// New returns an executor that reads its configuration from config when
// Configure is called. [Executor.Close] ends it.
func New(config *Config) *Executor {
	return &Executor{config: config, attempts: attempts.NewSet[*attempt](), armor: hostArmor()}
}

// Plugin declares the executor for [sdk.Main].
func Plugin(version string) sdk.Plugin {
	config := &Config{}
	return sdk.Plugin{
		Name: "containerd", Version: version, Doc: "Runs tasks as containers of containerd, with GPUs by CDI.",
		Config: config, Options: &Options{}, Executor: New(config),
	}
}

// Configure checks the configuration. It does not contact containerd.
func (e *Executor) Configure(_ context.Context, site sdk.Site) error {
	if err := e.config.check(); err != nil {
		return sdk.Errorf(sdk.InvalidArgument, "containerd's configuration: %w", err)
	}
	for _, root := range site.Roots {
		if !filepath.IsAbs(root) {
			return sdk.Errorf(sdk.InvalidArgument, "the folder %q is no absolute path", root)
		}
	}
	if err := os.MkdirAll(site.WorkDir, 0o700); err != nil {
		return sdk.Errorf(sdk.InvalidArgument, "the executor's folder: %w", err)
	}
	// containerd takes the files of outputs as addresses
	if _, err := url.Parse(site.WorkDir); err != nil || !filepath.IsAbs(site.WorkDir) {
		return sdk.Errorf(sdk.InvalidArgument, "the executor's folder %s must be an absolute path that needs no escaping in an address", site.WorkDir)
	}
	way, err := engine.New(engine.Place{
		Socket: e.config.socket(), Namespace: e.config.Namespace, Snapshotter: e.config.Snapshotter, Runtime: e.config.Runtime,
	})
	if err != nil {
		return sdk.Errorf(sdk.InvalidArgument, "containerd's configuration: %w", err)
	}
	if e.gpus, err = gpus.Open(e.config.cdiDirs(), gpus.Driver); err != nil {
		return sdk.Errorf(sdk.InvalidArgument, "%w", err)
	}
	e.node, _ = os.Hostname()
	e.site, e.engine, e.host = site, way, cgroup.Look(cgroup.Mounted)
	e.pulls = newPuller(way, e.config)
	e.lay = newLayer(e.config.Mounts == "copy")
	return nil
}

// Close ends all of the executor's own work and waits for it. Containers stay
// as they are.
func (e *Executor) Close() error {
	e.attempts.Close()
	if e.engine == nil {
		return nil
	}
	return e.engine.Close()
}

// asError gives an error of containerd its kind.
func asError(err error, doing string) error {
	var known *sdk.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, context.Canceled):
		return sdk.Errorf(sdk.Unavailable, "%s: %w", doing, err)
	case engine.IsUnreachable(err):
		return sdk.Errorf(sdk.Unavailable, "%s: containerd does not answer: %w", doing, err)
	case engine.IsNotFound(err):
		return sdk.Errorf(sdk.NotFound, "%s: %w", doing, err)
	case engine.IsRefused(err):
		return sdk.Errorf(sdk.InvalidArgument, "%s: %w", doing, err)
	}
	return sdk.Errorf(sdk.Unavailable, "%s: %w", doing, err)
}
