package engine

import (
	"context"
	"maps"
	"reflect"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

const lookEvery = 3 * time.Second

// Fingerprint implements [sdk.Executor].
func (e *Executor) Fingerprint(ctx context.Context, emit func(sdk.Fingerprint) error) error {
	if err := e.configured(); err != nil {
		return err
	}
	ticks := time.NewTicker(lookEvery)
	defer ticks.Stop()
	var sent sdk.Fingerprint
	for {
		now := e.engine.Look(ctx)
		if now.Health == sdk.Healthy {
			now.Attributes = maps.Clone(now.Attributes)
			if now.Attributes == nil {
				now.Attributes = map[string]string{}
			}
			now.Attributes["mounts"] = e.waysOf(ctx)
		}
		if ctx.Err() != nil {
			return nil
		}
		if !reflect.DeepEqual(now, sent) {
			if err := emit(now); err != nil {
				return err
			}
			sent = now
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return nil
		}
	}
}
