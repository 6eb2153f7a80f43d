package containerd

import (
	"context"
	"errors"

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

// ImageUser implements [engine.ImageUser].
func (b *backend) ImageUser(ctx context.Context, image string) (string, error) {
	name, err := api.FullName(image)
	if err != nil {
		return "", sdk.Errorf(sdk.InvalidArgument, "%w", err)
	}
	found, err := b.api.FindImage(ctx, name)
	if errors.Is(err, api.ErrNoImage) {
		return "", nil // as Create says
	}
	return found.Config.User, kinds.Of(err)
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
