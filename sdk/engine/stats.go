package engine

import (
	"context"
	"time"

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
	c, _ := a.current()
	used, err := e.engine.Stats(ctx, c)
	return used, asError(err, "ask what attempt "+string(id)+" uses")
}

// Some engines forget what a container has used as soon as that ends, so they
// are asked while the container runs: soon, then ever more rarely.
const (
	firstSample = 500 * time.Millisecond
	lastSample  = 15 * time.Second
)

// sample asks what the attempt has used so far. A container that does not run
// any more says nothing.
func (a *attempt) sample(ctx context.Context, c Container) {
	// its end and its deadline wait meanwhile
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	used, err := a.e.engine.Stats(ctx, c)
	if err != nil {
		return
	}
	a.Mu.Lock()
	defer a.Mu.Unlock()
	a.usage.CPU = max(a.usage.CPU, used.CPU)
	a.usage.MemoryPeak = max(a.usage.MemoryPeak, used.MemoryPeak)
}
