package deliver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/commitment"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

// Uncommitted records how deliveries come to be committed.
type Uncommitted interface {
	// Uncommitted are, of each destination, the first and the last of the deliveries
	// that wait for commitment, by when they are to be asked for.
	Uncommitted(context.Context) ([]run.Delivery, error)
	TryCommit(context.Context, run.CommitTry) error
	// ReportCommitment records a report, and returns the state that the delivery is
	// in then; "": the report came too late. An unknown transaction is an error.
	ReportCommitment(ctx context.Context, transaction dcm.UID, decide run.Report, finish run.Finish) (run.DeliveryState, error)
}

// Committer asks destinations for storage commitment.
type Committer interface {
	// Terms returns how a destination is asked; false: it is not.
	Terms(to run.Destination) (Terms, bool)
	// Ask asks, and has the reports taken that come on the same association within
	// a while. No error means that the destination took the request.
	Ask(ctx context.Context, to run.Destination, requests []commitment.Request, wait time.Duration, take Take) error
	// CommitLine names what only one Ask may use at a time, and no Send.
	CommitLine(to run.Destination) string
}

// Take takes a report of a destination.
type Take func(context.Context, *dimse.EventRequest) dimse.Status

// Terms is how a destination is asked for commitment.
type Terms struct {
	Within time.Duration // it has to commit, in the time that agents run
	Wait   time.Duration // for its report on the association on which it was asked; 0: not at all
}

const (
	// askAgain is when a destination that took a request and has not reported is
	// asked anew: it may have lost it.
	askAgain = time.Hour
	// mostAsked is how many instances one request asks for.
	mostAsked = 5000
	notYet    = "sent; commitment was asked for, and the destination has not reported yet"
)

// beginCommits starts to ask for each uncommitted delivery that is due and whose
// line is free. It returns when the next one is due.
func (d *Deliverer) beginCommits(ctx context.Context, start starter) (next time.Time, err error) {
	now := time.Now()
	next = now.Add(interval)
	if d.Committer == nil {
		return next, nil
	}
	open, err := d.Store.Uncommitted(ctx)
	if err != nil {
		return next, err
	}
	for _, delivery := range open {
		if !due(delivery, now, max(askAgain, d.pause().longest())) {
			if delivery.NextTry.Before(next) {
				next = delivery.NextTry
			}
			continue
		}
		start.work(d.Committer.CommitLine(delivery.Destination), delivery, d.commit)
	}
	return next, nil
}

// commit asks a destination to commit to what it took, unless its time is over, or
// it is not to be asked any more.
func (d *Deliverer) commit(ctx context.Context, delivery run.Delivery) {
	log := d.Logger.With("run", delivery.Run, "delivery", delivery.ID, "peer", delivery.Destination.Address())
	terms, asked := d.Committer.Terms(delivery.Destination)
	left := terms.Within - (d.Store.Running() - delivery.UncommittedSince)
	end := run.TryEnd{Delivery: delivery.ID, At: time.Now()}
	objects, _, err := d.Store.DeliveryObjects(ctx, delivery.ID)
	requests := requestsFor(objects)
	var why error
	switch {
	case err != nil:
		log.Error("commitment not asked for; retrying", "error", err)
		_ = wake.Sleep(ctx, retryStore)
	case !asked:
		end.State = run.DeliverySent
	case len(requests) == 0:
		end.State = run.DeliveryCommitted
	case left < time.Second:
		why = lateFor(delivery, objects, terms.Within)
		end.State, end.Reason = run.DeliveryFailed, why.Error()
	default:
		d.ask(ctx, delivery, requests, terms, left, log)
	}
	if end.State == "" || !d.record(ctx, end, log) {
		return
	}
	d.tell(delivery, end.State, taken(objects))
	if why != nil {
		log.Error("delivery failed for good", problem.Fields("reason", why)...)
	}
}

// ask asks once, with new transactions, which are recorded before.
func (d *Deliverer) ask(ctx context.Context, delivery run.Delivery, requests []commitment.Request, terms Terms, left time.Duration, log hclog.Logger) {
	now, pause := time.Now(), min(d.pause().after(delivery.Asks+1), left)
	try := run.CommitTry{Delivery: delivery.ID, Tries: delivery.Tries, Reason: notYet, At: now, Next: now.Add(pause)}
	for _, r := range requests {
		try.Transactions = append(try.Transactions, r.Transaction)
	}
	err := d.Store.TryCommit(ctx, try)
	if err == nil {
		err = d.Committer.Ask(ctx, delivery.Destination, requests, d.waitFor(delivery, terms), func(ctx context.Context, r *dimse.EventRequest) dimse.Status {
			return d.report(ctx, r, false)
		})
		if ctx.Err() != nil {
			return // the next Run asks again
		}
		try.Transactions, try.At = nil, time.Now()
		if err != nil {
			try.Reason, try.Next = "sent; commitment was not asked for: "+err.Error(), try.At.Add(pause)
			log.Warn("commitment is asked for again", append(problem.Fields("reason", err), "next", try.Next.Format(time.RFC3339))...)
		} else {
			try.Next = try.At.Add(min(askAgain, left))
			log.Debug("commitment asked for", "requests", len(requests))
		}
		err = d.Store.TryCommit(ctx, try)
	}
	var moved *run.StateError // by a report, or its run was canceled
	if err != nil && !errors.As(err, &moved) {
		log.Error("commitment not recorded; retrying", "error", err)
		_ = wake.Sleep(ctx, retryStore)
	}
}

// waitFor is how long the report on a delivery is waited for on the association on
// which it is asked for: not at all where the destination reports on others, so that
// it can be asked for many deliveries. One that had to be asked again may have changed.
func (d *Deliverer) waitFor(delivery run.Delivery, terms Terms) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if delivery.Asks == 0 && d.apart[d.Committer.CommitLine(delivery.Destination)] {
		return 0
	}
	return terms.Wait
}

// reportsApart remembers how a destination has just reported.
func (d *Deliverer) reportsApart(to run.Destination, apart bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.Committer != nil {
		d.apart[d.Committer.CommitLine(to)] = apart
	}
}

// requestsFor asks for all objects that were sent and are not committed, each
// request with a transaction of its own.
func requestsFor(objects []run.DeliveryObject) (requests []commitment.Request) {
	seen := map[run.Reference]bool{}
	for _, o := range objects {
		ref := run.Reference{SOPClassUID: o.SOPClassUID, SOPInstanceUID: o.SOPInstanceUID}
		if o.State != run.ObjectSent || seen[ref] {
			continue
		}
		seen[ref] = true
		if n := len(requests); n == 0 || len(requests[n-1].References) == mostAsked {
			requests = append(requests, commitment.Request{Transaction: dcm.NewUID()})
		}
		last := &requests[len(requests)-1]
		last.References = append(last.References, ref)
	}
	return requests
}

// lateFor says that a destination has not committed in time.
func lateFor(delivery run.Delivery, objects []run.DeliveryObject, within time.Duration) error {
	uncommitted := 0
	for _, o := range objects {
		if o.State == run.ObjectSent {
			uncommitted++
		}
	}
	return fmt.Errorf("all was sent, and the destination has not committed to %d of %d objects within %v: %s", uncommitted, len(objects), within,
		cmp.Or(delivery.Reason, notYet))
}
