package docker

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
)

const tellEvery = 200 * time.Millisecond

// HasImage implements [engine.Engine].
func (b *backend) HasImage(ctx context.Context, image string) (bool, error) {
	there, err := b.api.HasImage(ctx, image)
	return there, kinds.Of(err)
}

// ImageUser implements [engine.ImageUser].
func (b *backend) ImageUser(ctx context.Context, image string) (string, error) {
	user, err := b.api.ImageUser(ctx, image)
	return user, kinds.Of(err)
}

// Pull implements [engine.Engine]: it tells of the sum over all layers.
func (b *backend) Pull(ctx context.Context, image string, sign func(*sdk.Progress)) error {
	layers := map[string]api.Layer{}
	var told time.Time
	return kinds.Of(b.api.Pull(ctx, image, credentials(b.logins, image), func(layer api.Layer) {
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
	}))
}
