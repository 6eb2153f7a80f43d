package containerd

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/containerd/containerd/v2/core/remotes/docker"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/api"
	"github.com/raddeploy/raddeploy/plugins/containerd/internal/cgroup"
	"github.com/raddeploy/raddeploy/plugins/containerd/internal/gpus"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// backend is one containerd, on this host, as [engine.Engine].
type backend struct {
	config *Config
	site   sdk.Site
	api    *api.Engine
	gpus   *gpus.Specs
	host   cgroup.Host
	node   string
	hosts  docker.RegistryHosts
	armor  armor

	mu      sync.Mutex
	plugins api.Plugins // as containerd told of them at a time
	asked   time.Time
}

var (
	_ engine.Mounter = (*backend)(nil)
	_ engine.Settler = (*backend)(nil)
)

// New returns an executor that reads its configuration from config when
// Configure is called.
func New(config *Config) *engine.Executor { return engine.New("containerd", config.open) }

// Plugin declares the executor for [sdk.Main].
func Plugin(version string) sdk.Plugin {
	config := &Config{}
	return sdk.Plugin{
		Name: "containerd", Version: version, Doc: "Runs tasks as containers of containerd, with GPUs by CDI.",
		Config: config, Options: &Options{}, Executor: New(config),
	}
}

// open checks the configuration. It does not contact containerd.
func (c *Config) open(site sdk.Site) (engine.Engine, engine.Settings, error) {
	b, err := c.backend(site)
	return b, engine.Settings{
		StopGrace: c.StopGrace, PullPatience: c.PullPatience, PullAgain: c.PullAgain,
		Advice: engine.Advice{
			Load: "ctr -n " + c.Namespace + " images import", Room: "ctr images rm", Kill: "ctr task kill does",
			Login: "set them with docker login as the agent's user or set registry_config",
		},
	}, err
}

func (c *Config) backend(site sdk.Site) (*backend, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	// containerd takes the files of outputs as addresses
	if _, err := url.Parse(site.WorkDir); err != nil || !filepath.IsAbs(site.WorkDir) {
		return nil, fmt.Errorf("the executor's folder %s must be an absolute path that needs no escaping in an address", site.WorkDir)
	}
	specs, err := gpus.Open(c.cdiDirs(), gpus.Driver)
	if err != nil {
		return nil, err
	}
	way, err := api.New(api.Place{Socket: c.socket(), Namespace: c.Namespace, Snapshotter: c.Snapshotter, Runtime: c.Runtime})
	if err != nil {
		return nil, err
	}
	node, _ := os.Hostname()
	return &backend{
		config: c, site: site, api: way, gpus: specs, host: cgroup.Look(cgroup.Mounted), node: node,
		hosts: registryHosts(c), armor: hostArmor(),
	}, nil
}

// Close hangs up.
func (b *backend) Close() error { return b.api.Close() }

// Way implements [engine.Mounter].
func (b *backend) Way(context.Context, *sdk.Task) engine.Way {
	if b.config.Mounts == "copy" {
		return engine.Copied
	}
	return engine.Volatile
}

// kinds are those of the errors of package api.
var kinds = engine.Kinds{Name: "containerd", Message: api.Message, Unreachable: api.IsUnreachable, NotFound: api.IsNotFound}
