package dimse

import (
	"context"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// Performer is a [Session] that performs actions on instances that this side
// manages (N-ACTION, PS3.7 §10.1.4). Action is called while no object of the
// association is being stored, and otherwise as Store is. A session that is not one
// answers that it does not know the operation.
type Performer interface {
	Action(ctx context.Context, r *ActionRequest) Status
}

// Informed is a [Session] that takes reports of events at instances that the peer
// manages (N-EVENT-REPORT, PS3.7 §10.1.1). EventReport is called as
// [Performer.Action] is.
type Informed interface {
	EventReport(ctx context.Context, r *EventRequest) Status
}

// Notified is what N-ACTION and N-EVENT-REPORT requests have in common. The SOP
// instance is valid as dcm.UID.Valid has it, and the SOP class is the one that was
// negotiated.
type Notified struct {
	SOPClassUID       dcm.UID
	SOPInstanceUID    dcm.UID
	TransferSyntaxUID dcm.UID // of Data
	Data              Dataset // nil: the request has none

	comment string
}

// Refuse is that of [StoreRequest].
func (r *Notified) Refuse(status Status, why string) Status {
	r.comment = why
	return status
}

// ActionRequest is one N-ACTION-RQ.
type ActionRequest struct {
	Notified
	ActionType uint16
}

// EventRequest is one N-EVENT-REPORT-RQ.
type EventRequest struct {
	Notified
	EventType uint16
}

// notified has the session perform an action or take a report. Objects that are
// being stored beside come first: a peer may ask about them.
func (p *provider) notified(ctx context.Context, c *commandSet, in AcceptedContext, data *dataset) error {
	p.open.Wait()
	if err := p.interrupted(); err != nil {
		return err
	}
	status, why := p.answerTo(ctx, c, in, data)
	if err := data.drain(); err != nil {
		return err
	}
	return p.respond(c, in.ID, status, why)
}

func (p *provider) answerTo(ctx context.Context, c *commandSet, in AcceptedContext, data *dataset) (Status, string) {
	performer, performs := p.session.(Performer)
	informed, listens := p.session.(Informed)
	may := p.service(in.AbstractSyntax)
	action := c.field == nActionRQ
	switch {
	case action && !performs, !action && !listens, !may.any():
		return UnrecognizedOperation, ""
	case action && !may.User:
		return NotAuthorized, "this peer may not request it"
	case !action && !may.Provider:
		return NotAuthorized, "no report is expected of this peer"
	case action:
		return c.action(in, data, func(r *ActionRequest) Status { return performer.Action(ctx, r) })
	}
	return c.event(in, data, func(r *EventRequest) Status { return informed.EventReport(ctx, r) })
}

func (c *commandSet) action(in AcceptedContext, data *dataset, perform func(*ActionRequest) Status) (Status, string) {
	r := &ActionRequest{Notified: c.notified(in, data)}
	if status, why := c.wrong(in); status.Failure() {
		return status, why
	}
	if c.actionType == nil {
		return NoSuchAction, "the request has no action type"
	}
	r.ActionType = *c.actionType
	return perform(r), r.comment
}

// event has a report taken, which came to a provider or to a user.
func (c *commandSet) event(in AcceptedContext, data *dataset, take func(*EventRequest) Status) (Status, string) {
	r := &EventRequest{Notified: c.notified(in, data)}
	if status, why := c.wrong(in); status.Failure() {
		return status, why
	}
	if c.eventType == nil {
		return NoSuchEventType, "the request has no event type"
	}
	r.EventType = *c.eventType
	return take(r), r.comment
}

func (c *commandSet) notified(in AcceptedContext, data *dataset) Notified {
	n := Notified{SOPClassUID: c.sopClass, SOPInstanceUID: c.sopInstance, TransferSyntaxUID: in.TransferSyntax}
	if data != nil { // else Data would be a nil pointer that is not nil
		n.Data = data
	}
	return n
}

// wrong is what is wrong with a request whatever its type and data set, or Success.
func (c *commandSet) wrong(in AcceptedContext) (Status, string) {
	switch {
	case c.sopClass != in.AbstractSyntax:
		return NoSuchSOPClass, "the SOP class is not that of the presentation context"
	case !c.sopInstance.Valid():
		return InvalidSOPInstance, "the SOP instance UID is not valid"
	}
	return Success, ""
}
