package fleet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/sdk"
)

// Host is what all executors of a site are told about it. Paths are absolute:
// executors know no working directory.
type Host struct {
	Identity  string // what executors know this agent by
	DataDir   string
	StaticDir string
	PluginDir string // "": beside the agent's program
	Logger    hclog.Logger
}

// Open makes the executor of a site's block. Its plugin is not launched yet.
func (h Host) Open(c config.Executor) (*Executor, error) {
	spec, err := h.spec(c)
	if err != nil {
		return nil, err
	}
	return newExecutor(c, spec, h.Logger), nil
}

// spec is what a site's block says to package plugin.
func (h Host) spec(c config.Executor) (plugin.Spec, error) {
	work := filepath.Join(h.DataDir, "executors", c.Instance)
	if err := os.MkdirAll(work, 0o755); err != nil {
		return plugin.Spec{}, fmt.Errorf("executor %s: %w", c.Instance, err)
	}
	roots, err := h.roots()
	if err != nil {
		return plugin.Spec{}, fmt.Errorf("executor %s: %w", c.Instance, err)
	}
	path := c.Path
	if path == "" {
		if path, err = plugin.Find(h.PluginDir, c.Plugin); err != nil {
			return plugin.Spec{}, fmt.Errorf("executor %s: %w", c.Instance, err)
		}
	}
	return plugin.Spec{
		Name:     c.Plugin,
		Instance: c.Instance,
		Path:     path,
		SHA256:   c.SHA256,
		Site:     sdk.Site{Name: h.Identity, WorkDir: work, Roots: roots},
		Allow:    c.Allow,
		Decode:   decode(c),
		Explain:  explain(c),
	}, nil
}

// absent is an executor that the site no longer has. Attempts that it began
// still ask for it; to them it is one that is away.
func (h Host) absent(instance string) *Executor {
	c := config.Executor{Plugin: instance, Instance: instance}
	return newExecutor(c, plugin.Spec{Name: instance}, h.Logger)
}

// roots are the folders that mounts may come from, without symbolic links.
func (h Host) roots() ([]string, error) {
	var roots []string
	for _, dir := range []string{h.DataDir, h.StaticDir} {
		real, err := resolved(dir)
		if err != nil {
			return nil, err
		}
		roots = append(roots, real)
	}
	return roots, nil
}

// resolved returns a path without symbolic links, as far as it exists: the folder
// of statics may be made after the start.
func resolved(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if parent := filepath.Dir(path); errors.Is(err, os.ErrNotExist) && parent != path {
		real, err = resolved(parent)
		real = filepath.Join(real, filepath.Base(path))
	}
	return real, err
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

// configOf is an executor's configuration block. One that is not there is empty,
// where the executor's block stands.
func configOf(c config.Executor) *lang.Node {
	if c.Config == nil {
		return &lang.Node{Kind: lang.Map, Range: c.At}
	}
	return c.Config
}
