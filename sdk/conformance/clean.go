package conformance

import (
	"context"
	"fmt"
	"sync"

	"github.com/raddeploy/raddeploy/sdk"
)

// clean removes the attempts of a case from the backend, however the case
// ended, and ends its plugins. What cannot be removed is noted in the run.
func (t *trial) clean() {
	for _, closer := range t.closers {
		closer()
	}
	ctx := context.WithoutCancel(t.ctx)
	var working sync.WaitGroup
	seats := make(chan struct{}, 8)
	for _, a := range t.attempts {
		h := t.living(ctx, a.house)
		if h == nil {
			continue
		}
		seats <- struct{}{}
		working.Go(func() {
			defer func() { <-seats }()
			switch still, err := t.run.remove(ctx, h, a.task.Attempt); {
			case still:
				t.run.stick("Stop of attempt %s of %q was called with grace 0s, returned nil, and it still runs after %v.",
					a.task.Attempt, t.name, t.run.Patience)
			case err != nil:
				t.run.leave("attempt %s of %q could not be removed: %v", a.task.Attempt, t.name, err)
			}
		})
	}
	working.Wait()
	for _, h := range t.houses {
		if living := t.living(ctx, h); living != nil {
			t.noteHeld(ctx, living)
		}
	}
	for _, h := range t.houses {
		_ = h.client.Close()
	}
}

// remove ends an attempt if need be, and removes it. It tells whether the
// attempt runs still although Stop returned no error.
func (r *run) remove(ctx context.Context, h *house, id sdk.AttemptID) (still bool, err error) {
	within := func(call func(context.Context) error) error {
		ctx, cancel := r.clock.within(ctx, r.Patience)
		defer cancel()
		return call(ctx)
	}
	remove := func(ctx context.Context) error { return h.client.Remove(ctx, id) }
	if err = within(remove); sdk.KindOf(err) != sdk.FailedPrecondition {
		return false, err
	}
	if err := within(func(ctx context.Context) error { return h.client.Stop(ctx, id, 0) }); err != nil {
		return false, fmt.Errorf("it runs still, and Stop of it: %w", err)
	}
	_ = within(func(ctx context.Context) error { return h.client.Watch(ctx, id, func(sdk.Event) error { return nil }) })
	err = within(remove)
	return sdk.KindOf(err) == sdk.FailedPrecondition, err
}

// living returns the plugin process that serves an instance now. If it was
// killed, another is launched.
func (t *trial) living(ctx context.Context, h *house) *house {
	if h.key() == t.run.shared.key() {
		return t.run.home(t)
	}
	configured := false
	for _, other := range t.houses {
		if other.key() != h.key() || !other.configured {
			continue
		}
		configured = true
		if !other.ended() {
			return other
		}
	}
	if !configured {
		return nil // it never had an attempt
	}
	again, err := t.run.open(ctx, h)
	if err != nil {
		t.run.leave("the plugin could not be launched again, to clean up: %v", err)
		return nil
	}
	t.houses = append(t.houses, again)
	return again
}

// noteHeld notes what an instance holds still.
func (t *trial) noteHeld(ctx context.Context, h *house) {
	ctx, cancel := t.run.clock.within(ctx, t.run.Patience)
	defer cancel()
	held, err := h.client.List(ctx)
	if err != nil {
		t.run.leave("List when all of %q was removed: %v", t.name, err)
	}
	for _, one := range held {
		t.run.leave("List still names attempt %s (ended: %v) when all of %q was removed", one.Attempt, one.Ended, t.name)
	}
}
