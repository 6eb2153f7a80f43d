// Package assemble decides when objects that came in make an arrival that flows
// are matched against.
//
// In come objects and the ends of associations (package receive), and the rows
// and folders of arrivals that an earlier agent left open. Out goes one commit
// for each arrival: complete when its association was released; incomplete,
// complete or discarded, as the site wants, when it broke off. A complete
// arrival takes over those objects of the sender's incomplete ones whose series
// or SOP instance was sent again. What a crash left is treated like a broken
// association, after its folder was searched for objects that were answered and
// not yet recorded.
//
// The package must not match flows, nor delete an object but of an arrival that
// is discarded.
package assemble

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/run"
)

// Assembler closes arrivals.
type Assembler struct {
	Store   Store
	Spool   Spool
	OnAbort OnAbort
	// Wake is called after an arrival became complete.
	Wake   func()
	Logger hclog.Logger
}

// Open records a new arrival.
func (a *Assembler) Open(ctx context.Context, arrival run.Arrival) error {
	return a.Store.OpenArrival(ctx, arrival)
}

// Add records objects of an open arrival.
func (a *Assembler) Add(ctx context.Context, arrival run.ArrivalID, objects []run.Object) error {
	return a.Store.AddObjects(ctx, arrival, objects)
}

// Released completes an arrival.
func (a *Assembler) Released(ctx context.Context, arrival run.ArrivalID, last []run.Object) error {
	_, err := a.close(ctx, arrival, run.ArrivalComplete, "", last)
	return err
}

// Aborted ends an arrival whose association broke off.
func (a *Assembler) Aborted(ctx context.Context, arrival run.ArrivalID, last []run.Object, reason string) error {
	state, err := a.close(ctx, arrival, a.OnAbort.state(), "association broke off: "+reason, last)
	if err != nil {
		return err
	}
	a.Logger.Warn("association broke off", "arrival", arrival, "state", state, "reason", reason)
	if state == run.ArrivalDiscarded {
		return a.Spool.Discard(arrival)
	}
	return nil
}

// close ends an arrival and returns the state that it is in then. What follows
// is decided in the transaction that records it, so that two ends at once
// cannot both count.
func (a *Assembler) close(ctx context.Context, arrival run.ArrivalID, to run.ArrivalState, reason string, last []run.Object) (run.ArrivalState, error) {
	var decided run.Closing
	err := a.Store.CloseArrival(ctx, arrival, time.Now(), last, func(this run.Content, tries func() (run.Tries, error)) (run.Closing, error) {
		decided = closing(this, to, reason)
		if decided.State != run.ArrivalComplete {
			return decided, nil
		}
		before, err := tries()
		decided.Supersedes = superseded(this, before)
		return decided, err
	})
	if err != nil {
		return "", fmt.Errorf("close arrival: %w", err)
	}
	if decided.State == run.ArrivalComplete {
		a.Wake()
	}
	return decided.State, nil
}
