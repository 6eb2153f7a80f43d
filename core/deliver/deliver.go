// Package deliver sends what runs wrote to DICOM nodes, by C-STORE.
//
// In come the rows of open deliveries, and the files that a run wrote into its
// outputs. Out go associations with destinations, the result of each object, and
// the end of each try; with the last delivery of a run, whether the run is done
// or has failed. Where the site says so, a destination is asked for storage
// commitment to what it took, and its reports come in: only then the delivery has
// ended. What a peer could not take now is tried again at a growing
// backoff until the delivery's time is over; what it refused for good is not.
// Each destination has one delivery under way at a time, over one association or
// as many as the site says, and waits for no other destination.
//
// The package must not send what is not a DICOM object, follow a link out of the
// run's folder, or change what a model wrote.
package deliver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/run"
)

// Deliverer sends deliveries.
type Deliverer struct {
	Store  Store
	Sender Sender
	// Committer asks destinations for storage commitment; nil: none is asked.
	Committer Committer
	Pause     func() Pause // nil: its zero value
	// GiveUpAfter is how long a delivery is tried, in the time that agents run.
	// Nil: 24 hours.
	GiveUpAfter func() time.Duration
	// Folder is the folder of a run, below which its deliveries' files are.
	Folder func(run.ID) string
	// Outputs returns the folders of a run that are to be sent, below its folder.
	Outputs func(context.Context, run.ID) ([]string, error)
	// Tried is told of each try that has ended, and of what came of the commitment
	// that was asked for then: the state of its delivery, and how many objects the
	// destination has taken. Nil: nothing is.
	Tried  func(delivery run.Delivery, state run.DeliveryState, objects int)
	Logger hclog.Logger

	wake wake.Signal
	mu   sync.Mutex
	busy map[string]busy // by line
	// by commitment line, whether the destination reports on associations of its own
	apart map[string]bool
}

// busy is a delivery that is tried.
type busy struct {
	delivery int64
	stop     context.CancelFunc // ends the try
}

// interval is how often the deliverer looks without having been woken.
const interval = time.Minute

// New returns a deliverer. Its fields are set before Run.
func New() *Deliverer {
	return &Deliverer{wake: wake.NewSignal(), busy: make(map[string]busy), apart: make(map[string]bool)}
}

// Wake tells the deliverer that there may be something to do.
func (d *Deliverer) Wake() { d.wake.Wake() }

// Stop ends the tries at deliveries that are abandoned: their rows say so. What
// was answered until then stays sent.
func (d *Deliverer) Stop(deliveries ...int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, b := range d.busy {
		if slices.Contains(deliveries, b.delivery) {
			b.stop()
		}
	}
}

// Run sends what is due until ctx ends, then waits for the tries under way to
// stop. A try that it leaves behind is interrupted; the next Run goes on.
func (d *Deliverer) Run(ctx context.Context) error {
	var tries sync.WaitGroup
	defer tries.Wait()
	for ctx.Err() == nil {
		next, err := d.begin(ctx, &tries)
		if err != nil && ctx.Err() == nil {
			d.Logger.Error("store unavailable to deliveries; retrying", "error", err)
			next = time.Now().Add(retryStore)
		}
		timer := time.NewTimer(min(interval, time.Until(next)))
		select {
		case <-d.wake:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return nil
}

// begin starts a try for each delivery that is due and whose line is free. It
// returns when the next one is due.
func (d *Deliverer) begin(ctx context.Context, tries *sync.WaitGroup) (next time.Time, err error) {
	start := d.starter(ctx, tries)
	open, err := d.Store.NextTries(ctx)
	if err != nil {
		return time.Time{}, err
	}
	now := time.Now()
	next = now.Add(interval)
	var errs []error
	for _, delivery := range open {
		if delivery.State == run.DeliverySending && !start.under(d.Sender.Line(delivery.Destination), delivery) {
			if delivery, err = d.interrupted(ctx, delivery, now); err != nil {
				errs = append(errs, err)
			}
		}
		switch {
		case delivery.State != run.DeliveryPending:
		case !due(delivery, now, d.pause().longest()):
			if delivery.NextTry.Before(next) {
				next = delivery.NextTry
			}
		default:
			start.work(d.Sender.Line(delivery.Destination), delivery, d.try)
		}
	}
	asked, err := d.beginCommits(ctx, start)
	if asked.Before(next) {
		next = asked
	}
	return next, errors.Join(append(errs, err)...)
}

// starter starts to work at deliveries as the store says they are. Its answer may be
// older than the end of what was under way when it was asked: the lines of that are
// left alone then, and its end wakes the deliverer.
type starter struct {
	*Deliverer
	ctx   context.Context
	works *sync.WaitGroup
	was   map[string]busy // before the store was asked
}

func (d *Deliverer) starter(ctx context.Context, works *sync.WaitGroup) starter {
	d.mu.Lock()
	defer d.mu.Unlock()
	return starter{d, ctx, works, maps.Clone(d.busy)}
}

// under reports whether a delivery was worked at on a line when the store was asked.
func (s starter) under(line string, delivery run.Delivery) bool {
	return s.was[line].delivery == delivery.ID
}

// work works at a delivery, unless its line is taken, or was when the store was asked.
func (s starter) work(line string, delivery run.Delivery, do func(context.Context, run.Delivery)) {
	if _, taken := s.was[line]; taken {
		return
	}
	working, stop := context.WithCancel(s.ctx)
	if !s.occupy(delivery, line, stop) {
		stop()
		return
	}
	s.works.Go(func() {
		defer stop()
		do(working, delivery)
		s.leave(line)
		s.Wake()
	})
}

// interrupted makes a delivery pending again whose try was cut off: by a crash,
// or because its end could not be recorded.
func (d *Deliverer) interrupted(ctx context.Context, delivery run.Delivery, now time.Time) (run.Delivery, error) {
	err := d.Store.EndTry(ctx, run.TryEnd{Delivery: delivery.ID, State: run.DeliveryPending, Reason: "interrupted", Next: now, At: now}, Finish)
	var moved *run.StateError
	if errors.As(err, &moved) { // the try has just ended by itself
		return delivery, nil
	}
	if err != nil {
		return delivery, fmt.Errorf("reconcile delivery %d: %w", delivery.ID, err)
	}
	delivery.State, delivery.NextTry = run.DeliveryPending, now
	return delivery, nil
}

func (d *Deliverer) occupy(delivery run.Delivery, line string, stop context.CancelFunc) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, busy := d.busy[line]; busy {
		return false
	}
	d.busy[line] = busy{delivery.ID, stop}
	return true
}

func (d *Deliverer) leave(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.busy, line)
}
