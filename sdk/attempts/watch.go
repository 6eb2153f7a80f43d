package attempts

import (
	"context"

	"github.com/raddeploy/raddeploy/sdk"
)

// Watch is [sdk.Executor]'s Watch of the attempt. Kind gives an error of the
// backend its kind.
func (a *Attempt) Watch(ctx context.Context, emit func(sdk.Event) error, kind func(err error, doing string) error) error {
	a.Retry()
	var state sdk.State
	var progress *sdk.Progress
	waiting, warned := "", 0
	for {
		now := a.View()
		var news []sdk.Event
		if now.State > state {
			state = now.State
			news = append(news, sdk.Event{State: state})
		}
		if now.Progress != nil && now.Progress != progress && state == sdk.Pulling {
			progress = now.Progress
			news = append(news, sdk.Event{Progress: progress})
		}
		if now.Waiting != waiting && state == sdk.Queued {
			if waiting = now.Waiting; waiting != "" {
				news = append(news, sdk.Event{Waiting: waiting})
			}
		}
		for ; warned < len(now.Warnings); warned++ {
			news = append(news, sdk.Event{Warning: now.Warnings[warned]})
		}
		if now.Exit != nil {
			exit := *now.Exit
			news = append(news, sdk.Event{Exit: &exit})
		}
		for _, event := range news {
			if err := emit(event); err != nil {
				return err
			}
		}
		if now.Exit != nil {
			return nil
		}
		if now.Away != nil {
			return kind(now.Away, "watch attempt "+string(a.ID))
		}
		select {
		case <-now.Changed:
		case <-ctx.Done():
			return sdk.Errorf(sdk.Unavailable, "watch attempt %s: %w", a.ID, ctx.Err())
		}
	}
}
