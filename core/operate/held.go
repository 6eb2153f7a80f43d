package operate

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

// Release lets an arrival that is held go on: it is complete, and matched. To
// release one that was released is a no-op.
func (o *Operator) Release(ctx context.Context, id run.ArrivalID, by run.Actor) error {
	return o.onArrival(ctx, run.Entry{Action: run.Release, ID: string(id), By: by}, func(h run.Holding) (run.ArrivalState, string, error) {
		to, held := h.State.Held()
		if !held {
			return "", "", notHeld(run.Release, id, h, run.ArrivalComplete)
		}
		return to, added(h.Reason, "released by "+by.String()), nil
	})
}

// Discard gives up an arrival that is held; why is what the operator says, and
// may be "". Its objects stay for as long as the site keeps received files. To
// discard one that was discarded by an operator is a no-op.
func (o *Operator) Discard(ctx context.Context, id run.ArrivalID, why string, by run.Actor) error {
	return o.onArrival(ctx, run.Entry{Action: run.Discard, ID: string(id), Detail: why, By: by}, func(h run.Holding) (run.ArrivalState, string, error) {
		if _, held := h.State.Held(); !held {
			return "", "", notHeld(run.Discard, id, h, run.ArrivalDiscarded)
		}
		reason := "discarded by " + by.String()
		if why != "" {
			reason += ": " + why
		}
		return run.ArrivalDiscarded, added(h.Reason, reason), nil
	})
}

// ReleaseRun lets a run that is held go on, and DiscardRun gives it up.
func (o *Operator) ReleaseRun(ctx context.Context, id run.ID, by run.Actor) error {
	return o.onHeldRun(ctx, run.Entry{Action: run.Release, ID: string(id), By: by}, func(released run.State) run.Acting {
		return run.Acting{State: released}
	})
}

// DiscardRun is explained at [Operator.ReleaseRun]. Its results stay for as long
// as the site keeps them.
func (o *Operator) DiscardRun(ctx context.Context, id run.ID, why string, by run.Actor) error {
	return o.onHeldRun(ctx, run.Entry{Action: run.Discard, ID: string(id), Detail: why, By: by}, func(run.State) run.Acting {
		return run.Acting{State: run.Canceled, Reason: added("discarded by "+by.String(), why)}
	})
}

func (o *Operator) onHeldRun(ctx context.Context, e run.Entry, do func(released run.State) run.Acting) error {
	_, err := o.onRun(ctx, e, func(s run.Standing) (run.Acting, error) {
		released, held := s.Run.State.Held()
		if !held {
			return run.Acting{}, &Refusal{&problem.Error{
				Op: string(e.Action), Object: fmt.Sprintf("run %.8s", s.Run.ID), Cause: fmt.Errorf("its state is %s, and nothing of it is held", s.Run.State),
				Advice: quoted("runs", s.Run) + " shows how it is",
			}}
		}
		return do(released), nil
	})
	if err == nil {
		o.Deliver()
	}
	return err
}

// onArrival records an action on an arrival that is held.
func (o *Operator) onArrival(ctx context.Context, e run.Entry, decide func(run.Holding) (run.ArrivalState, string, error)) error {
	e.At, e.Thing = time.Now(), run.ArrivalState("").Thing()
	var to run.ArrivalState
	err := o.Store.ActOnArrival(ctx, e, func(h run.Holding) (_ run.ArrivalState, reason string, err error) {
		if _, held := h.State.Held(); !held && h.Last == e.Action {
			to = ""
			return "", "", nil
		}
		to, reason, err = decide(h)
		return to, reason, err
	})
	if err != nil {
		return err
	}
	if to != "" {
		o.log(e)
	}
	o.Match()
	return nil
}

// notHeld says that an action is not possible because the arrival is not held.
func notHeld(action run.Action, id run.ArrivalID, h run.Holding, to run.ArrivalState) error {
	cause := &run.StateError{Thing: h.State.Thing(), ID: string(id), From: string(h.State), To: string(to)}
	advice := "nothing of it is held: " + strings.ToLower(strings.TrimSuffix(h.State.Meaning(), "."))
	if h.State == run.ArrivalMatched || h.State == run.ArrivalUnmatched {
		advice = fmt.Sprintf("nothing of it is held: `raddeploy rerun %.8s -flow FLOW` has a flow run on it", id)
	}
	return &problem.Error{Op: string(action), Cause: cause, Advice: advice}
}

// added is a reason with a further one.
func added(reason, further string) string {
	if reason == "" || further == "" {
		return reason + further
	}
	return reason + "; " + further
}
