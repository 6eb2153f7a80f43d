package containerd

import (
	"context"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
)

// HasImage implements [engine.Engine].
func (b *backend) HasImage(ctx context.Context, image string) (bool, error) {
	name, err := api.FullName(image)
	if err != nil {
		return false, sdk.Errorf(sdk.InvalidArgument, "%w", err)
	}
	there, err := b.api.HasImage(ctx, name)
	return there, kinds.Of(err)
}

// Pull implements [engine.Engine].
func (b *backend) Pull(ctx context.Context, image string, sign func(*sdk.Progress)) error {
	name, err := api.FullName(image)
	if err != nil {
		return sdk.Errorf(sdk.InvalidArgument, "%w", err)
	}
	return kinds.Of(b.api.Pull(ctx, name, b.hosts, func(now api.Fetched) {
		sign(&sdk.Progress{What: "fetching " + image, Done: now.Done, Total: now.Total})
	}))
}
