package containerd

import (
	"context"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
	"github.com/raddeploy/raddeploy/plugins/internal/pulls"
	"github.com/raddeploy/raddeploy/sdk"
)

// Prefetch implements [sdk.Prefetcher].
func (e *Executor) Prefetch(ctx context.Context, image string, emit func(sdk.Progress) error) error {
	if e.engine == nil {
		return errUnconfigured
	}
	image, err := engine.FullName(image)
	if err != nil {
		return sdk.Errorf(sdk.InvalidArgument, "fetch: %w", err)
	}
	return fetchError(e.pulls.Stream(ctx, image, emit), image)
}

func fetchError(err error, image string) error {
	if err != nil && pulls.RegistryAway(err) {
		return sdk.Errorf(sdk.Unavailable, "fetch %s: %w", image, err)
	}
	return asError(err, "fetch "+image)
}
