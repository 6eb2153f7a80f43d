package docker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
	"github.com/raddeploy/raddeploy/plugins/internal/pulls"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// Executor runs attempts as containers of one Docker engine. It keeps nothing
// that cannot be found again in the engine; what it has in memory is one
// goroutine for each open attempt, which brings it to its end.
type Executor struct {
	config   *Config
	site     sdk.Site
	engine   *engine.Engine
	pulls    *pulls.Puller
	attempts *attempts.Set[*attempt]

	mu       sync.Mutex
	about    *engine.Info // nil until the engine has answered once
	unshared bool         // the engine has turned out not to see the agent's folders
	unlaid   bool         // it has turned out not to be able to mount overlays there
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
	return &Executor{config: config, attempts: attempts.NewSet[*attempt]()}
}

// Plugin declares the executor for [sdk.Main].
func Plugin(version string) sdk.Plugin {
	config := &Config{}
	return sdk.Plugin{
		Name: "docker", Version: version, Doc: "Runs tasks as containers of a Docker engine.",
		Config: config, Options: &Options{}, Executor: New(config),
	}
}

// Configure checks the configuration. It does not contact the engine.
func (e *Executor) Configure(_ context.Context, site sdk.Site) error {
	if err := e.config.check(); err != nil {
		return sdk.Errorf(sdk.InvalidArgument, "docker's configuration: %w", err)
	}
	for _, root := range site.Roots {
		if !filepath.IsAbs(root) {
			return sdk.Errorf(sdk.InvalidArgument, "the folder %q is no absolute path", root)
		}
	}
	if err := os.MkdirAll(site.WorkDir, 0o700); err != nil {
		return sdk.Errorf(sdk.InvalidArgument, "the executor's folder: %w", err)
	}
	way, err := engine.New(engine.Endpoint{
		Address: e.config.Endpoint, CAFile: e.config.TLS.CAFile, Cert: e.config.TLS.CertFile, Key: e.config.TLS.KeyFile,
	})
	if err != nil {
		return sdk.Errorf(sdk.InvalidArgument, "%w", err)
	}
	e.site, e.engine = site, way
	e.pulls = newPuller(way, e.config)
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

// asError gives an engine's error its kind.
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
		return sdk.Errorf(sdk.Unavailable, "%s: docker does not answer: %w", doing, err)
	case engine.IsNotFound(err):
		return sdk.Errorf(sdk.NotFound, "%s: %w", doing, err)
	case engine.IsConflict(err):
		return sdk.Errorf(sdk.FailedPrecondition, "%s: %w", doing, err)
	case engine.IsRefused(err):
		return sdk.Errorf(sdk.InvalidArgument, "%s: %w", doing, err)
	}
	return sdk.Errorf(sdk.Unavailable, "%s: %w", doing, err)
}
