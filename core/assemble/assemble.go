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
// Where a rule asks for series or studies, objects go into arrivals of those,
// too: in the transaction that records them (place.go), which also sets the
// timers. The loop completes those that are due (complete.go), as the pure part
// says (moment.go). Timers are rows, so that a restart prolongs none.
//
// The package must not match flows, nor delete an object but of an arrival that
// is discarded.
package assemble

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/run"
)

// Assembler closes arrivals.
type Assembler struct {
	Store   Store
	Spool   Spool
	Headers Headers
	OnAbort OnAbort
	// Rules are the rules of completion in use: the site's, and those of flows in
	// force. Nil: associations alone.
	Rules func() []flow.Rule
	// Wake is called after an arrival became complete.
	Wake   func()
	Logger hclog.Logger
	// Clock is the time of the system; nil: time.Now.
	Clock func() time.Time

	mint func() run.ArrivalID // nil: run.NewArrivalID

	once     sync.Once
	wakes    wake.Signal
	plan     plan
	clock    clock
	expected expected
	// blocked is set while an arrival may wait for the end of an association, and
	// settled when no rule groups objects and no arrival of such a rule waits.
	blocked, settled atomic.Bool

	mu    sync.Mutex
	asked map[run.ArrivalID][]flow.Rule // of each open association: the rules at its begin
}

// Open records a new association. Its objects are grouped by the rules that are
// in use now.
func (a *Assembler) Open(ctx context.Context, arrival run.Arrival) error {
	rules := a.rules()
	if !slices.Contains(rules, flow.ByAssociation) {
		arrival.Rule = flow.NoRule
	}
	a.ask(arrival.ID, rules)
	return a.Store.OpenArrival(ctx, arrival)
}

// Add records objects of an open association.
func (a *Assembler) Add(ctx context.Context, arrival run.ArrivalID, objects []run.Object) error {
	p, err := a.placing(ctx, arrival, objects)
	if err == nil {
		err = a.Store.AddObjects(ctx, arrival, objects, p.place)
	}
	if err == nil {
		p.placed()
	}
	return err
}

// Released completes an arrival.
func (a *Assembler) Released(ctx context.Context, arrival run.ArrivalID, last []run.Object) error {
	_, err := a.close(ctx, arrival, run.ArrivalComplete, "", last)
	return err
}

// Aborted ends an arrival whose association broke off.
func (a *Assembler) Aborted(ctx context.Context, arrival run.ArrivalID, last []run.Object, reason string) error {
	end, err := a.close(ctx, arrival, a.OnAbort.state(), "association broke off: "+reason, last)
	if err != nil {
		return err
	}
	a.Logger.Warn("association broke off", "arrival", arrival, "state", end.state, "reason", reason)
	if end.state == run.ArrivalDiscarded && !end.shared {
		return a.Spool.Discard(arrival)
	}
	return nil
}

// Ended is called when an association counts as open no more.
func (a *Assembler) Ended() {
	if a.blocked.Load() {
		a.signal().Wake()
	}
}

// close ends an arrival and returns the state that it is in then. What follows
// is decided in the transaction that records it, so that two ends at once
// cannot both count.
func (a *Assembler) close(ctx context.Context, arrival run.ArrivalID, to run.ArrivalState, reason string, last []run.Object) (closed, error) {
	p, err := a.placing(ctx, arrival, last)
	if err != nil {
		return closed{}, err
	}
	var decided run.Closing
	var content run.Content
	err = a.Store.CloseArrival(ctx, arrival, time.Now(), last, p.place, func(this run.Content, tries func() (run.Tries, error)) (run.Closing, error) {
		decided, content = closing(this, to, reason, slices.Contains(p.rules, flow.ByAssociation)), this
		if decided.State != run.ArrivalComplete {
			return decided, nil
		}
		before, err := tries()
		decided.Supersedes = superseded(this, before)
		return decided, err
	})
	if err != nil {
		return closed{}, fmt.Errorf("close arrival: %w", err)
	}
	a.mu.Lock()
	delete(a.asked, arrival)
	a.mu.Unlock()
	p.placed()
	if decided.State == run.ArrivalComplete {
		a.Wake()
	}
	return closed{decided.State, content.Shared}, nil
}

// closed is how an association ended.
type closed struct {
	state  run.ArrivalState
	shared bool // its objects belong to arrivals of series or studies, too
}

func (a *Assembler) signal() wake.Signal {
	a.once.Do(func() { a.wakes = wake.NewSignal() })
	return a.wakes
}
