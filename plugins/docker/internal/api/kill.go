package api

import (
	"context"

	"github.com/containerd/errdefs"
)

// Kill sends a container its stop signal or, by force, SIGKILL. One that does
// not run is no error.
func (e *Engine) Kill(ctx context.Context, id string, force bool) error {
	ctx, cancel := context.WithTimeout(ctx, quick)
	defer cancel()
	signal := "SIGKILL"
	if !force {
		found, err := e.api.ContainerInspect(ctx, id)
		if err != nil {
			return err
		}
		signal = "SIGTERM"
		if found.Config != nil && found.Config.StopSignal != "" {
			signal = found.Config.StopSignal
		}
	}
	err := e.api.ContainerKill(ctx, id, signal)
	if errdefs.IsConflict(err) {
		return nil
	}
	return err
}
