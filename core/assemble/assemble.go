// Package assemble decides when objects that came in make an arrival that flows
// are matched against.
//
// By default an arrival is what one association brought: complete when it is
// released, incomplete when it broke off. What a crash left behind is treated
// like a broken association, after the folder was searched for objects that
// were answered and not yet noted.
package assemble

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/core/state"
)

// OnAbort says what becomes of the objects of an association that broke off.
type OnAbort string

// What becomes of them.
const (
	// they wait as an incomplete arrival, for an operator or for the sender's
	// next try
	Hold    OnAbort = "hold"
	Process OnAbort = "process" // they are an arrival all the same
	Discard OnAbort = "discard" // they are thrown away
)

// Assembler closes arrivals.
type Assembler struct {
	DB      *state.DB
	Spool   *spool.Spool
	OnAbort OnAbort
	// Wake is called after an arrival became complete.
	Wake   func()
	Logger hclog.Logger
}

// Open notes a new arrival.
func (a *Assembler) Open(ctx context.Context, arrival run.Arrival) error {
	return a.DB.OpenArrival(ctx, arrival)
}

// Add notes objects of an open arrival.
func (a *Assembler) Add(ctx context.Context, arrival run.ArrivalID, objects []run.Object) error {
	return a.DB.AddObjects(ctx, arrival, objects)
}

// Released completes an arrival.
func (a *Assembler) Released(ctx context.Context, arrival run.ArrivalID, last []run.Object) error {
	_, err := a.close(ctx, arrival, run.ArrivalComplete, "", last)
	return err
}

// Aborted ends an arrival whose association broke off.
func (a *Assembler) Aborted(ctx context.Context, arrival run.ArrivalID, last []run.Object, reason string) error {
	to := map[OnAbort]run.ArrivalState{Process: run.ArrivalComplete, Discard: run.ArrivalDiscarded}[a.OnAbort]
	if to == "" {
		to = run.ArrivalIncomplete
	}
	to, err := a.close(ctx, arrival, to, "association broke off: "+reason, last)
	if err != nil {
		return err
	}
	a.Logger.Warn("association broke off", "arrival", arrival, "state", to, "reason", reason)
	if to == run.ArrivalDiscarded {
		return a.Spool.Discard(arrival)
	}
	return nil
}

// close ends an arrival. One without any object is of no use to anybody, and is
// discarded.
func (a *Assembler) close(ctx context.Context, arrival run.ArrivalID, to run.ArrivalState, reason string, last []run.Object) (run.ArrivalState, error) {
	if len(last) == 0 {
		files, err := a.DB.Files(ctx, arrival)
		if err != nil {
			return to, fmt.Errorf("close arrival: %w", err)
		}
		if len(files) == 0 {
			to, reason = run.ArrivalDiscarded, strings.TrimSpace(reason+" (no object was kept)")
		}
	}
	if err := a.DB.CloseArrival(ctx, arrival, to, reason, time.Now(), last); err != nil {
		return to, fmt.Errorf("close arrival: %w", err)
	}
	if to == run.ArrivalComplete {
		a.Wake()
	}
	return to, nil
}

// Receiving is what is known of arrivals beside their rows.
type Receiving interface {
	Open(run.ArrivalID) bool     // its association is open
	Released(run.ArrivalID) bool // its association was released, and that could not be noted
}

// Recover ends the arrivals that are in state receiving although no association
// is open for them: those that an earlier agent left, and those whose end could
// not be noted when it came. One that cannot be recovered keeps no other from
// it.
func (a *Assembler) Recover(ctx context.Context, receiving Receiving) error {
	arrivals, err := a.DB.ArrivalsIn(ctx, run.ArrivalReceiving)
	if err != nil {
		return err
	}
	var errs []error
	for _, arrival := range arrivals {
		if receiving.Open(arrival.ID) {
			continue
		}
		err := a.recover(ctx, arrival.ID, receiving.Released(arrival.ID))
		var moved *run.StateError
		// moved: its association has ended meanwhile, in the ordinary way
		if err != nil && !errors.As(err, &moved) {
			errs = append(errs, fmt.Errorf("recover arrival %s: %w", arrival.ID, err))
		}
	}
	return errors.Join(errs...)
}

func (a *Assembler) recover(ctx context.Context, arrival run.ArrivalID, released bool) error {
	files, err := a.DB.Files(ctx, arrival)
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(files))
	for _, file := range files {
		known[file] = true
	}
	objects, err := a.Spool.Recover(arrival, func(file string) bool { return known[file] })
	if err != nil {
		a.Logger.Error("some of an arrival's files cannot be read; they are kept", "arrival", arrival, "error", err)
	}
	if released {
		return a.Released(ctx, arrival, objects)
	}
	return a.Aborted(ctx, arrival, objects, "its end was not noted")
}
