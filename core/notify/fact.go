package notify

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/fleet"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/selftest"
	"github.com/raddeploy/raddeploy/core/state"
)

// fact is what an event says to people, before it is decided who is told.
type fact struct {
	run.Notice
	owner string // the address of the flow's owner; "": none
}

// fact returns what an event says; nil: nothing. What has changed since the event
// says nothing any more: another event follows.
func (n *Notifier) fact(ctx context.Context, e run.Event, s *teller) (*fact, error) {
	var f *fact
	var err error
	switch e.Kind {
	case run.OfRun:
		f, err = n.runFact(ctx, e, s)
	case run.OfArrival:
		f, err = n.arrivalFact(ctx, e, s)
	case run.OfDelivery:
		f, err = n.deliveryFact(ctx, e, s)
	case run.OfExecutor:
		f = n.executorFact(e, s)
	}
	if errors.Is(err, state.ErrNotFound) { // its rows were removed
		return nil, nil
	}
	if f != nil {
		f.At, f.State = e.At, e.State
	}
	return f, err
}

// runFact tells of a run that failed or is held, or that its flow works again. A
// canceled run is neither.
func (n *Notifier) runFact(ctx context.Context, e run.Event, s *teller) (*fact, error) {
	at := run.State(e.State)
	_, held := at.Held()
	recovers := !held && s.open(run.Subject{Thing: run.OfRun, Name: e.ID})
	if at != run.Failed && at != run.Done && !held && !recovers {
		return nil, nil
	}
	if at == run.Done && !recovers && !s.anyOpen(run.OfFlow) {
		return nil, nil
	}
	r, err := n.Store.Run(ctx, e.ID)
	if err != nil || r.State != at || selftest.Sends(r.Sender) {
		return nil, err
	}
	f := &fact{Notice: run.Notice{Kind: run.NoticeFailed, Thing: run.OfFlow, Name: r.Flow, Reason: r.Reason}}
	switch {
	case held:
		f.Kind, f.Thing, f.Name = run.NoticeHeld, run.OfRun, e.ID
	case recovers:
		f.Kind, f.Thing, f.Name = run.NoticeRecovered, run.OfRun, e.ID
	case at == run.Done && s.open(run.Subject{Thing: run.OfFlow, Name: r.Flow}):
		f.Kind = run.NoticeRecovered
	case at == run.Failed:
		task, delivery, err := n.failedPart(ctx, r.ID)
		if err != nil || task == "" && delivery { // told of as a delivery
			return nil, err
		}
		f.Task = task
	default:
		return nil, nil
	}
	f.ofRun(r)
	return f, nil
}

// ofRun adds what a run says.
func (f *fact) ofRun(r run.Run) {
	f.Run, f.Flow, f.Version, f.Patient = r.ID, r.Flow, r.Version, r.Patient
	if decoded, err := flow.Decode(r.Definition); err == nil { // of a newer version otherwise
		f.Owner, f.owner = decoded.Owner, config.AddressOf(decoded.Owner)
	}
}

// failedPart says which task of a run failed, and whether a delivery did.
func (n *Notifier) failedPart(ctx context.Context, id run.ID) (task string, delivery bool, err error) {
	tasks, err := n.Store.Tasks(ctx, id)
	if err != nil {
		return "", false, err
	}
	if i := slices.IndexFunc(tasks, func(t run.Task) bool { return t.State == run.TaskFailed }); i >= 0 {
		return tasks[i].Name, false, nil
	}
	deliveries, err := n.Store.Deliveries(ctx, id)
	return "", slices.ContainsFunc(deliveries, failedForGood), err
}

func failedForGood(d run.Delivery) bool { return d.State == run.DeliveryFailed && !d.Superseded }

func (n *Notifier) arrivalFact(ctx context.Context, e run.Event, s *teller) (*fact, error) {
	at := run.ArrivalState(e.State)
	subject := run.Subject{Thing: run.OfArrival, Name: e.ID}
	f := &fact{Notice: run.Notice{Kind: run.NoticeHeld, Thing: run.OfArrival, Name: e.ID}}
	if _, held := at.Held(); !held {
		if !s.open(subject) {
			return nil, nil
		}
		f.Kind = run.NoticeRecovered
	}
	a, err := n.Store.Arrival(ctx, e.ID)
	if err != nil || a.State != at && f.Kind == run.NoticeHeld || selftest.Sends(a.Sender) {
		return nil, err
	}
	f.Reason = a.Reason
	return f, nil
}

func (n *Notifier) deliveryFact(ctx context.Context, e run.Event, s *teller) (*fact, error) {
	at := run.DeliveryState(e.State)
	if at != run.DeliveryFailed && (!at.Delivered() || !s.anyOpen(run.OfDestination)) {
		return nil, nil
	}
	id, err := strconv.ParseInt(e.ID, 10, 64)
	if err != nil {
		return nil, err
	}
	all, err := n.Store.Deliveries(ctx, e.Run)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(d run.Delivery) bool { return d.ID == id })
	if i < 0 || all[i].State != at || all[i].Superseded {
		return nil, nil
	}
	name := all[i].Destination.Name
	if name == "" {
		name = string(all[i].Destination.AETitle) + " at " + all[i].Destination.Address()
	}
	f := &fact{Notice: run.Notice{Kind: run.NoticeFailed, Thing: run.OfDestination, Name: name, Destination: name, Reason: all[i].Reason}}
	if at.Delivered() {
		f.Kind = run.NoticeRecovered
		if !s.open(f.Subject()) {
			return nil, nil
		}
	}
	r, err := n.Store.Run(ctx, string(e.Run))
	if err != nil || selftest.Sends(r.Sender) {
		return nil, err
	}
	f.ofRun(r)
	return f, nil
}

func (n *Notifier) executorFact(e run.Event, s *teller) *fact {
	f := &fact{Notice: run.Notice{Thing: run.OfExecutor, Name: e.ID}}
	switch e.State {
	case string(fleet.Unhealthy), string(fleet.Undetected):
		f.Kind = run.NoticeFailed
		if n.Executor != nil {
			f.Reason = n.Executor(e.ID)
		}
	case string(fleet.Starting): // it will say more
		return nil
	default: // healthy, draining, or not of the site any more
		if !s.open(f.Subject()) {
			return nil
		}
		f.Kind = run.NoticeRecovered
	}
	return f
}
