package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// wantTurn ends the case if all that was waited for in vain was the attempt's
// turn: state is the last that Watch told before ctx ended.
func (a *attempt) wantTurn(ctx context.Context, state sdk.State) {
	if state == sdk.Queued && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		a.queued = true
		a.t.fatal("%s", a.t.run.sayQueued(a))
	}
}

// noteQueued notes of a case that has failed which of its attempts have waited
// for their turn all the time.
func (t *trial) noteQueued() {
	for _, a := range t.attempts {
		if !a.queued && a.exit == nil && !a.began.IsZero() && time.Since(a.began) >= t.run.Patience && a.state() == sdk.Queued {
			t.fail("%s", t.run.sayQueued(a))
			return // one says it for all
		}
	}
}

// state is an attempt's present state, or 0 if it is not told at once.
func (a *attempt) state() (now sdk.State) {
	ctx, cancel := a.t.within(quick)
	defer cancel()
	_ = a.house.client.Watch(ctx, a.task.Attempt, func(e sdk.Event) error { now = e.State; return errEnough })
	return now
}

// sayQueued says that an attempt did not have its turn, and why that may be.
func (r *run) sayQueued(a *attempt) string {
	cases := fmt.Sprintf("%d cases", r.beside())
	if r.beside() == 1 {
		cases = "one case"
	}
	text := fmt.Sprintf("attempt %s is still queued after %v: the suite runs %s at once; give the backend more slots, or raise -patience / "+
		"Suite.Patience, or lower -parallel / Suite.Parallel", a.task.Attempt, r.Patience, cases)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.stuck) > 0 {
		text += "\nBut this is probably a consequence: what could not be stopped takes up slots. " + r.stuck[0]
	}
	return text
}

// sayStuck says once for all attempts which Stop did not end.
func (r *run) sayStuck() string {
	text := r.stuck[0]
	if more := len(r.stuck) - 1; more > 0 {
		text += fmt.Sprintf(" (And %d more like it.)", more)
	}
	return strings.TrimSpace(text)
}
