package docker

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
	"github.com/raddeploy/raddeploy/plugins/internal/logins"
	"github.com/raddeploy/raddeploy/plugins/internal/pulls"
	"github.com/raddeploy/raddeploy/sdk"
)

func newPuller(way *engine.Engine, config *Config) *pulls.Puller {
	return pulls.New(&fetcher{way, logins.Open(config.RegistryConfig)}, config.PullPatience, config.PullAgain)
}

// fetcher is the engine as [pulls.Engine].
type fetcher struct {
	*engine.Engine
	logins logins.Logins
}

const tellEvery = 200 * time.Millisecond

// Fetch fetches an image, and tells of the sum over all its layers.
func (f *fetcher) Fetch(ctx context.Context, image string, sign func(*sdk.Progress)) error {
	layers := map[string]engine.Layer{}
	var told time.Time
	return f.Pull(ctx, image, credentials(f.logins, image), func(layer engine.Layer) {
		if layer.ID == "" {
			sign(nil)
			return
		}
		if done := layers[layer.ID]; layer.Done < 0 {
			layer.Done, layer.Total = done.Total, done.Total
		}
		layers[layer.ID] = layer
		if time.Since(told) < tellEvery {
			sign(nil)
			return
		}
		told = time.Now()
		sum := sdk.Progress{What: "fetching " + image}
		for _, layer := range layers {
			sum.Done += layer.Done
			sum.Total += layer.Total
		}
		sign(&sum)
	})
}

func (f *fetcher) Away(err error) bool { return engine.IsUnreachable(err) }
