// Package deliver sends what runs wrote to DICOM nodes, by C-STORE.
//
// Deliveries that are due come in from the state database; each object's result
// goes back into it. What the peer could not take now is tried again with
// growing pauses until the delivery's time is over; what it refused for good is
// not. Each destination has one association at a time and waits for no other.
package deliver

import (
	"context"
	"crypto/tls"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// Deliverer sends deliveries.
type Deliverer struct {
	DB        *state.DB
	CallingAE dcm.AETitle
	// SourcePort fixes the local port of every association, for firewalls; then
	// there is one association at a time. 0: any.
	SourcePort int
	Pause      Pause
	// TLS says how associations with a destination are secured; nil, or a nil
	// result: they are not.
	TLS func(run.Destination) (*tls.Config, error)
	// Folder is the folder of a run, below which its deliveries' files are.
	Folder func(run.ID) string
	// Outputs returns the folders of a run that are to be sent, below its folder.
	Outputs func(context.Context, run.ID) ([]string, error)
	Logger  hclog.Logger

	wake chan struct{}
	mu   sync.Mutex
	busy map[string]bool // destinations with an association
}

// idle is how long the deliverer sleeps at the most: what it is not told, it
// finds then.
const idle = time.Minute

// New returns a deliverer. Its fields are set before Run.
func New() *Deliverer {
	return &Deliverer{wake: make(chan struct{}, 1), busy: make(map[string]bool)}
}

// Wake tells the deliverer that there may be something to do.
func (d *Deliverer) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Run sends what is due until ctx ends, then waits for the tries under way to stop.
func (d *Deliverer) Run(ctx context.Context) error {
	var tries sync.WaitGroup
	defer tries.Wait()
	if err := d.interrupted(ctx); err != nil {
		return fmt.Errorf("take up deliveries: %w", err)
	}
	for {
		next, err := d.begin(ctx, &tries)
		if err != nil && ctx.Err() == nil {
			d.Logger.Error("deliveries cannot be read; trying again", "error", err)
			next = time.Now().Add(time.Second)
		}
		timer := time.NewTimer(min(idle, time.Until(next)))
		select {
		case <-d.wake:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return nil
		}
	}
}

// interrupted makes the deliveries that an earlier agent was sending pending again.
func (d *Deliverer) interrupted(ctx context.Context) error {
	open, err := d.DB.OpenDeliveries(ctx)
	if err != nil {
		return err
	}
	for _, delivery := range open {
		if delivery.State == run.DeliverySending {
			now := time.Now()
			if err := d.DB.EndTry(ctx, delivery.ID, run.DeliveryPending, "interrupted", now, now, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin starts a try for each delivery that is due and whose destination has no
// association. It returns when the next one is due.
func (d *Deliverer) begin(ctx context.Context, tries *sync.WaitGroup) (next time.Time, err error) {
	open, err := d.DB.OpenDeliveries(ctx)
	if err != nil {
		return time.Time{}, err
	}
	now := time.Now()
	next = now.Add(idle)
	for _, delivery := range open {
		switch {
		case delivery.State != run.DeliveryPending:
		case delivery.NextTry.After(now):
			if delivery.NextTry.Before(next) {
				next = delivery.NextTry
			}
		case d.occupy(delivery.Destination):
			tries.Go(func() {
				d.try(ctx, delivery)
				d.leave(delivery.Destination)
				d.Wake()
			})
		}
	}
	return next, nil
}

func (d *Deliverer) occupy(to run.Destination) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := d.line(to)
	if d.busy[key] {
		return false
	}
	d.busy[key] = true
	return true
}

func (d *Deliverer) leave(to run.Destination) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.busy, d.line(to))
}

// line names what only one association may use at a time: a destination or,
// with a fixed source port, that port.
func (d *Deliverer) line(to run.Destination) string {
	if d.SourcePort != 0 {
		return "source port"
	}
	return to.Address() + " " + string(to.AETitle)
}
