package assemble

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/run"
)

// together is how many arrivals are completed at once, so that they share
// commits.
const together = 16

// complete ends the arrivals of series and studies that are due, and returns
// how long nothing else will be.
func (a *Assembler) complete(ctx context.Context, receiving Receiving) (time.Duration, error) {
	a.blocked.Store(true) // an association that ends from here on wakes the loop
	now := a.now()
	due, next, err := a.Store.Due(ctx, now)
	if err != nil {
		return interval, err
	}
	var mu sync.Mutex
	var errs []error
	blocked, wait := false, interval
	var settling errgroup.Group
	settling.SetLimit(together)
	for _, arrival := range due {
		settling.Go(func() error {
			open, err := a.settle(ctx, arrival, receiving)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, fmt.Errorf("complete arrival %s: %w", arrival.ID, err))
			}
			if open {
				blocked = true
				wait = min(wait, max(arrival.Deadline.Sub(now), time.Millisecond))
			}
			return nil
		})
	}
	_ = settling.Wait()
	a.blocked.Store(blocked)
	if len(due) == 0 && next.IsZero() && !groups(a.rules()) {
		a.settled.Store(true)
	}
	if !next.IsZero() {
		wait = min(wait, max(next.Sub(now), 0))
	}
	return wait, errors.Join(errs...)
}

// settle ends an arrival that is due if it is complete. Open says that it waits
// for the end of an association.
func (a *Assembler) settle(ctx context.Context, arrival run.Arrival, receiving Receiving) (open bool, err error) {
	m, err := a.moment(ctx, arrival, receiving)
	if err != nil {
		return false, err
	}
	how, complete := m.complete()
	switch {
	case complete:
		return false, a.finish(ctx, arrival, m, how)
	case len(m.missing) > 0:
		// what is expected sets the timer anew when it comes
		timer := run.Timer{Arrival: arrival.ID, Last: arrival.Last, Deadline: arrival.Deadline, Due: arrival.Deadline, After: arrival.Last}
		return false, a.Store.SetTimers(ctx, []run.Timer{timer})
	}
	return len(m.open) > 0, nil
}

// moment is what is known of a waiting arrival now.
func (a *Assembler) moment(ctx context.Context, arrival run.Arrival, receiving Receiving) (moment, error) {
	rule, err := arrival.Rule.Complete()
	if err != nil {
		return moment{}, err
	}
	now := a.now()
	m := moment{rule: rule, quiet: now.Sub(arrival.Last), left: arrival.Deadline.Sub(now), open: receiving.Sending(arrival.UID)}
	m.missing, err = a.expected.missing(ctx, a.Store, a.Headers, arrival, rule)
	return m, err
}

// finish records that an arrival is complete, and with what outcome.
func (a *Assembler) finish(ctx context.Context, arrival run.Arrival, m moment, how string) error {
	members, err := a.Store.Members(ctx, arrival.ID)
	if err != nil {
		return err
	}
	f := found{objects: members.Objects}
	if arrival.Previous != "" || members.Instances < members.Objects {
		if err := a.compare(ctx, arrival, &f); err != nil {
			return err
		}
	}
	completion := outcome(arrival, m.rule.Late, how, f)
	completion.Newest, completion.At = members.Newest, a.now()
	err = a.Store.CompleteArrival(ctx, completion)
	var moved *run.StateError
	switch {
	case errors.Is(err, run.ErrObjectsCame), errors.As(err, &moved):
		return nil // the row says what is next
	case err != nil:
		return err
	}
	a.expected.forget(arrival.ID)
	a.Logger.Info("arrival waits no more", "arrival", arrival.ID, "on", m.rule.On, "state", completion.State, "revision", arrival.Revision, "objects", f.objects)
	if completion.State == run.ArrivalComplete {
		a.Wake()
	}
	return nil
}

// compare looks at the SOP instances that came more than once, to the arrival
// or to the revision before it.
func (a *Assembler) compare(ctx context.Context, arrival run.Arrival, f *found) error {
	var before run.Members
	if arrival.Previous != "" {
		var err error
		if before, err = a.Store.Members(ctx, arrival.Previous); err != nil {
			return err
		}
	}
	copies, err := a.Store.Copies(ctx, arrival.ID, arrival.Previous)
	if err != nil {
		return err
	}
	a.compareAll(copies, before.Newest, f)
	return nil
}

// Differing counts the SOP instances of which not all copies have the same bytes.
func (a *Assembler) Differing(copies []run.Object) run.Differing {
	var f found
	a.compareAll(slices.Clone(copies), 0, &f)
	return f.differing
}

func (a *Assembler) compareAll(copies []run.Object, before int64, f *found) {
	slices.SortStableFunc(copies, func(x, y run.Object) int { return cmp.Compare(x.SOPInstanceUID, y.SOPInstanceUID) })
	for len(copies) > 0 {
		n := 1
		for n < len(copies) && copies[n].SOPInstanceUID == copies[0].SOPInstanceUID {
			n++
		}
		a.compareInstance(copies[:n], before, f)
		copies = copies[n:]
	}
}

// compareInstance looks at the copies of one SOP instance, in the order in which
// they came. Those up to the id before are of the revision before.
func (a *Assembler) compareInstance(copies []run.Object, before int64, f *found) {
	differs := false
	var there *run.Object // the one that counts of the revision before
	for i := range copies {
		if i > 0 && !differs {
			differs = !a.identical(copies[i-1], copies[i])
		}
		if copies[i].ID <= before {
			there = &copies[i]
		} else if there != nil && a.identical(*there, copies[i]) {
			f.repeated++
		}
	}
	if !differs {
		return
	}
	if f.differing.Instances++; f.differing.First == "" {
		f.differing.First = copies[0].SOPInstanceUID
	}
	if slices.ContainsFunc(copies, func(o run.Object) bool { return o.SeriesUID != copies[0].SeriesUID }) {
		f.differing.Series++
	}
}

// identical reports whether two objects have the same bytes. Objects that
// cannot be compared count as different: both are kept, and the last one counts.
func (a *Assembler) identical(x, y run.Object) bool {
	if x.Size != y.Size || x.TransferSyntaxUID != y.TransferSyntaxUID {
		return false
	}
	same, err := a.Spool.Same(x.File, y.File)
	if err != nil {
		a.Logger.Warn("two objects cannot be compared; they count as different", "file", y.File, "error", err)
	}
	return err == nil && same
}
