// Package retain removes what nobody needs any more: files of received objects,
// inputs and outputs, what tasks printed, and at last the rows that tell of
// them.
//
// In come the rows of arrivals and runs that still have something, how long each
// kind is kept, and how much of the disk is free. Out go rows that say what is
// removed, then the removal of its files, then the end of that in another row.
// So a crash leaves nothing half known: the next agent goes on with what is
// recorded and not done. Ages are counted by a clock that does not believe jumps
// of the wall clock.
//
// The package must not remove what an open run, an output that is not delivered,
// a held arrival, or an arrival that is not matched yet needs.
package retain

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

// Retainer is the loop. Its fields are set before Run.
type Retainer struct {
	Store  Store
	Files  Files
	Limits Limits
	// Reserve is what of the disk stays free: within twice of it, files go before
	// their age.
	Reserve *spool.Reserve
	// Open reports whether an arrival is being received.
	Open   func(run.ArrivalID) bool
	Logger hclog.Logger
	// Interval is the longest time between two looks; 0: 10 seconds. It is
	// shorter where something is kept for a short time only.
	Interval time.Duration
	// Now is the wall clock; nil: time.Now.
	Now func() time.Time

	mu      sync.Mutex // for what others ask for
	changed *Limits    // nil: the limits are as they were
	look    look
	failed  map[removalKey]failure
	short   bool // it was said that the disk is short and nothing may go
	counted counted
}

const (
	// interval is how often the retainer looks, unless it is told otherwise.
	interval = 10 * time.Second
	// grace is how long nothing is removed after the first start ever, so that
	// one can look at what would go: an older version has removed nothing.
	grace = time.Hour
	// page is how many rows are read at once.
	page = 64
	// batch is how many rows one transaction removes: other writes wait for it.
	batch = 128
	// mostErrors is how many arrivals or runs may fail before the others are left
	// for the next look.
	mostErrors = 10
)

// stubborn is the backoff before files are removed again that could not be.
var stubborn = wake.Backoff{First: time.Minute, Longest: time.Hour}

// Run removes what is due until ctx ends.
func (r *Retainer) Run(ctx context.Context) error {
	for failed := 0; ; {
		r.take()
		next := r.Limits.interval(cmp.Or(r.Interval, interval))
		if err := r.pass(ctx); err == nil {
			failed = 0
		} else if ctx.Err() == nil {
			failed++
			next = wake.Backoff{}.After(failed)
			r.Logger.Error("cannot remove what is due; retrying", "error", err, "wait", next.String())
		}
		if wake.Sleep(ctx, next) != nil {
			return nil
		}
	}
}

// Change sets other limits, from the next look on. It may be called while Run
// runs.
func (r *Retainer) Change(limits Limits) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changed = &limits
}

// take takes over limits that were changed.
func (r *Retainer) take() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed != nil {
		r.Limits, r.changed = *r.changed, nil
	}
}

// pass removes what is due now. Files go before the rows that tell of them, and
// those of runs before the objects that they were made from.
func (r *Retainer) pass(ctx context.Context) error {
	clock, err := r.clock(ctx)
	if err != nil {
		return err
	}
	if err := r.resume(ctx); err != nil {
		return err
	}
	if clock.age(clock.Began) < min(r.Limits.FilesMin, grace) {
		return nil
	}
	var errs []error
	for _, step := range []func(context.Context, clockNow) error{
		r.oldLogs, r.oldOutputs, r.oldObjects, r.pressed, r.oldRuns, r.oldArrivals,
	} {
		errs = append(errs, step(ctx, clock))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return errors.Join(errs...)
}
