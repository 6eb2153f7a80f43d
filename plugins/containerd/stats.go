package containerd

import (
	"context"

	"github.com/raddeploy/raddeploy/sdk"
)

// Stats implements [sdk.StatsReader].
func (e *Executor) Stats(ctx context.Context, id sdk.AttemptID) (sdk.Usage, error) {
	a, err := e.find(ctx, id, nil)
	if err != nil {
		return sdk.Usage{}, err
	}
	now := a.View()
	if !now.Running || now.Exit != nil {
		return sdk.Usage{}, sdk.Errorf(sdk.FailedPrecondition, "attempt %s does not run", id)
	}
	used, err := e.engine.Usage(ctx, containerName(id))
	if err != nil {
		return sdk.Usage{}, asError(err, "ask what attempt "+string(id)+" uses")
	}
	return sdk.Usage{CPU: used.CPU, MemoryPeak: used.MemoryPeak}, nil
}
