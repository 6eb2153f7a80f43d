package containerd

import (
	"context"

	"github.com/raddeploy/raddeploy/sdk"
)

// Watch implements [sdk.Executor].
func (e *Executor) Watch(ctx context.Context, id sdk.AttemptID, emit func(sdk.Event) error) error {
	a, err := e.find(ctx, id, nil)
	if err != nil {
		return err
	}
	a.retry()
	var state sdk.State
	var progress *sdk.Progress
	warned := 0
	for {
		now := a.view()
		var news []sdk.Event
		if now.state > state {
			state = now.state
			news = append(news, sdk.Event{State: state})
		}
		if now.progress != nil && now.progress != progress && state == sdk.Pulling {
			progress = now.progress
			news = append(news, sdk.Event{Progress: progress})
		}
		for ; warned < len(now.warnings); warned++ {
			news = append(news, sdk.Event{Warning: now.warnings[warned]})
		}
		if now.exit != nil {
			exit := *now.exit
			news = append(news, sdk.Event{Exit: &exit})
		}
		for _, event := range news {
			if err := emit(event); err != nil {
				return err
			}
		}
		if now.exit != nil {
			return nil
		}
		if now.away != nil {
			return asError(now.away, "watch attempt "+string(id))
		}
		select {
		case <-now.changed:
		case <-ctx.Done():
			return sdk.Errorf(sdk.Unavailable, "watch attempt %s: %w", id, ctx.Err())
		}
	}
}
