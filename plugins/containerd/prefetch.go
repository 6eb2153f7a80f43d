package containerd

import (
	"context"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
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
	ctx, cancel := context.WithCancel(ctx)
	updates := make(chan sdk.Progress, 1)
	result := make(chan error, 1)
	go func() {
		result <- e.pulls.pull(ctx, image, func(p sdk.Progress) {
			select {
			case updates <- p:
			default: // the next one tells more
			}
		})
	}()
	defer func() {
		cancel()
		<-result
	}()
	for {
		select {
		case p := <-updates:
			if err := emit(p); err != nil {
				return err
			}
		case err := <-result:
			result <- err
			return fetchError(err, image)
		}
	}
}

func fetchError(err error, image string) error {
	if err != nil && registryAway(err) {
		return sdk.Errorf(sdk.Unavailable, "fetch %s: %w", image, err)
	}
	return asError(err, "fetch "+image)
}
