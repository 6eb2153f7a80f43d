package containerd

import (
	"context"

	"github.com/containerd/containerd/v2/core/remotes/docker"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
	"github.com/raddeploy/raddeploy/plugins/internal/pulls"
	"github.com/raddeploy/raddeploy/sdk"
)

func newPuller(way *engine.Engine, config *Config) *pulls.Puller {
	return pulls.New(&fetcher{way, registryHosts(config)}, config.PullPatience, config.PullAgain)
}

// fetcher is containerd as [pulls.Engine].
type fetcher struct {
	*engine.Engine
	hosts docker.RegistryHosts
}

func (f *fetcher) Fetch(ctx context.Context, image string, sign func(*sdk.Progress)) error {
	return f.Pull(ctx, image, f.hosts, func(now engine.Fetched) {
		sign(&sdk.Progress{What: "fetching " + image, Done: now.Done, Total: now.Total})
	})
}

func (f *fetcher) Away(err error) bool { return engine.IsUnreachable(err) }
