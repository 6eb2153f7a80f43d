package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/commitment"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// EventReport takes a report of storage commitment on an association that its
// destination requested: success means that it is recorded. The transaction UID,
// which only the destination was told, shows that it is the destination's.
func (d *Deliverer) EventReport(ctx context.Context, r *dimse.EventRequest) dimse.Status {
	return d.report(ctx, r, true)
}

// report takes a report on the association on which it was asked for, or apart from
// that.
func (d *Deliverer) report(ctx context.Context, r *dimse.EventRequest, apart bool) dimse.Status {
	switch {
	case r.SOPInstanceUID != dcm.StorageCommitmentInstance:
		return r.Refuse(dimse.NoSuchObjectInstance, "the one instance is "+string(dcm.StorageCommitmentInstance))
	case r.EventType != commitment.EventCommitted && r.EventType != commitment.EventIncomplete:
		return r.Refuse(dimse.NoSuchEventType, "the events are 1 and 2")
	}
	result, err := commitment.ReadResult(r.Data, r.TransferSyntaxUID)
	switch {
	case errors.Is(err, commitment.ErrTooLong):
		return r.Refuse(dimse.ResourceLimitation, err.Error())
	case err != nil:
		return r.Refuse(dimse.InvalidArgument, err.Error())
	}
	now := time.Now()
	var of run.Delivery
	var has int
	changed, err := d.Store.ReportCommitment(ctx, result.Transaction, func(asked run.AskedCommit) run.Reported {
		r := reported(asked, result, moment{at: now, pause: d.pause().after(asked.Delivery.Tries + 1)})
		of, has = asked.Delivery, taken(asked.Objects)+taken(r.Objects)-len(r.Objects)
		return r
	}, Finish)
	switch {
	case errors.Is(err, state.ErrNotFound):
		return r.Refuse(dimse.InvalidArgument, "the transaction UID is unknown")
	case err != nil:
		d.Logger.Error("report of storage commitment not recorded", "error", err)
		return r.Refuse(dimse.ProcessingFailure, "the report cannot be recorded now; try again later")
	}
	if of.ID != 0 {
		d.reportsApart(of.Destination, apart)
	}
	d.Logger.Info("storage commitment reported", "delivery", of.ID, "committed", len(result.Committed), "not_committed", len(result.Failed), "state", changed)
	if changed != "" && changed != run.DeliveryUncommitted {
		d.tell(of, changed, has)
	}
	d.Wake()
	return dimse.Success
}

// taken is how many objects the destination has taken.
func taken(objects []run.DeliveryObject) (n int) {
	for _, o := range objects {
		if o.State == run.ObjectSent || o.State == run.ObjectCommitted {
			n++
		}
	}
	return n
}

// reported says what a report changes. What the destination does not have is sent
// again, and what it will never commit to has failed. What it did not have when it was
// asked it may have now, if something was sent again since: an old report that comes
// late, or twice, has only what it commits to.
func reported(asked run.AskedCommit, result commitment.Result, now moment) (r run.Reported) {
	delivery, objects := asked.Delivery, asked.Objects
	if asked.Tries != delivery.Tries {
		result.Failed = nil
	}
	committed, failed := map[dcm.UID]bool{}, map[dcm.UID]dimse.Status{}
	for _, ref := range result.Committed {
		committed[ref.SOPInstanceUID] = true
	}
	for _, f := range result.Failed {
		failed[f.SOPInstanceUID] = dimse.Status(f.Reason)
	}
	count := map[run.ObjectState]int{}
	var reason string
	for _, o := range objects {
		why, refused := failed[o.SOPInstanceUID]
		switch {
		case o.State != run.ObjectSent:
		case refused:
			o.State, o.Status, o.Reason = refusedState(why), uint16(why), "not committed: "+why.String()
			reason = o.Reason
			r.Objects = append(r.Objects, o)
		case committed[o.SOPInstanceUID]:
			o.State = run.ObjectCommitted
			r.Objects = append(r.Objects, o)
		}
		count[o.State]++
	}
	r.End = run.TryEnd{Delivery: delivery.ID, At: now.at, State: run.DeliveryCommitted}
	notCommitted := fmt.Sprintf("%d of %d objects not committed, the last because: %s", count[run.ObjectPending]+count[run.ObjectFailed], len(objects), reason)
	switch {
	case count[run.ObjectPending] > 0:
		r.End.State, r.End.Reason, r.End.Next = run.DeliveryPending, notCommitted, now.at.Add(now.pause)
	case count[run.ObjectSent] > 0:
		r.End.State = run.DeliveryUncommitted
	case count[run.ObjectFailed] > 0:
		r.End.State, r.End.Reason = run.DeliveryFailed, notCommitted
	}
	return r
}

// refusedState is what an object is that a destination does not commit to, by its
// reason (PS3.3 §C.14.1.1).
func refusedState(why dimse.Status) run.ObjectState {
	switch {
	case why == dimse.DuplicateTransaction: // it is asked for with another one
		return run.ObjectSent
	case why == dimse.NoSuchObjectInstance, why.Retryable():
		return run.ObjectPending
	}
	return run.ObjectFailed
}
