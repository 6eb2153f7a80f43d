package docker

import (
	"sync"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/plugins/internal/logins"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// backend is one Docker engine as [engine.Engine]. What it remembers of a
// container saves time or tells more, and nothing depends on it.
type backend struct {
	config *Config
	site   sdk.Site
	api    *api.Engine
	logins logins.Logins
	looked looked

	mu       sync.Mutex
	about    *api.Info // nil until the engine has answered once
	unshared bool      // the engine has turned out not to see the agent's folders
	seen     map[string]seen
}

var (
	_ engine.Mounter  = (*backend)(nil)
	_ engine.Preparer = (*backend)(nil)
	_ engine.Settler  = (*backend)(nil)
)

// New returns an executor that reads its configuration from config when
// Configure is called.
func New(config *Config) *engine.Executor { return engine.New("docker", config.open) }

// Plugin declares the executor for [sdk.Main].
func Plugin(version string) sdk.Plugin {
	config := &Config{}
	return sdk.Plugin{
		Name: "docker", Version: version, Doc: "Runs tasks as containers of a Docker engine.",
		Config: config, Options: &Options{}, Executor: New(config),
	}
}

// open checks the configuration. It does not contact the engine.
func (c *Config) open(site sdk.Site) (engine.Engine, engine.Settings, error) {
	if err := c.check(); err != nil {
		return nil, engine.Settings{}, err
	}
	way, err := api.New(api.Endpoint{Address: c.Endpoint, CAFile: c.TLS.CAFile, Cert: c.TLS.CertFile, Key: c.TLS.KeyFile})
	if err != nil {
		return nil, engine.Settings{}, err
	}
	b := &backend{config: c, site: site, api: way, logins: logins.Open(c.RegistryConfig), seen: map[string]seen{}}
	return b, engine.Settings{
		StopGrace: c.StopGrace, PullPatience: c.PullPatience, PullAgain: c.PullAgain, Remote: !way.OnThisHost(), Node: b.node,
		Advice: engine.Advice{
			Load: "docker load", Room: "docker system prune", Kill: "docker stop and docker kill do",
			Login: "docker login as the agent's user or set registry_config",
		},
	}, nil
}

// Close hangs up.
func (b *backend) Close() error { return b.api.Close() }

// kinds are those of the errors of package api.
var kinds = engine.Kinds{Name: "docker", Message: api.Message, Unreachable: api.IsUnreachable, NotFound: api.IsNotFound}
