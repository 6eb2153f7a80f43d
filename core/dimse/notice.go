package dimse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// Notice is one N-ACTION or N-EVENT-REPORT to request.
type Notice struct {
	SOPClassUID       dcm.UID
	SOPInstanceUID    dcm.UID
	Type              uint16  // of the action or the event
	TransferSyntaxUID dcm.UID // of Data
	Data              []byte  // empty: none is sent
}

func (n Notice) command(field uint16, id *uint16) *commandSet {
	c := &commandSet{field: field, messageID: id, dataSetType: noDataSet, sopClass: n.SOPClassUID, sopInstance: n.SOPInstanceUID}
	if len(n.Data) > 0 {
		c.dataSetType = withDataSet
	}
	if field == nActionRQ {
		c.actionType = &n.Type
	} else {
		c.eventType = &n.Type
	}
	return c
}

// Answer is how a peer answered an N-ACTION or N-EVENT-REPORT.
type Answer struct {
	Status  Status
	Comment string // of the peer, in printable ASCII; "": none
}

// answerOf is what a response says, which has a status.
func answerOf(rsp *commandSet) Answer {
	return Answer{Status(*rsp.status), strings.TrimRight(errorComment(strings.TrimRight(rsp.comment, " \x00")), " ")}
}

// String is the status and what the peer says about it.
func (a Answer) String() string {
	if a.Comment == "" {
		return a.Status.String()
	}
	return fmt.Sprintf("%s: %q", a.Status, a.Comment)
}

// message is a command set and its data set in fragments of up to limit bytes.
func message(id byte, c *commandSet, data []byte, limit int) []byte {
	b := appendCommand(make([]byte, 0, len(data)+len(data)/limit*fragmentOverhead+512), id, c, limit)
	for len(data) > 0 {
		n := min(len(data), limit)
		b = pdu.AppendFragmentHeader(b, pdu.PDVHeader{Length: uint32(n), ContextID: id, Last: n == len(data)})
		b, data = append(b, data[:n]...), data[n:]
	}
	return b
}

// Action requests an action on an instance that the peer manages (N-ACTION, PS3.7
// §10.1.4).
func (c *Conn) Action(ctx context.Context, n Notice) (Answer, error) {
	return c.notice(ctx, "N-ACTION", nActionRQ, n)
}

// EventReport reports an event at an instance that this side manages
// (N-EVENT-REPORT, PS3.7 §10.1.1). The presentation context is proposed as
// Provider.
func (c *Conn) EventReport(ctx context.Context, n Notice) (Answer, error) {
	return c.notice(ctx, "N-EVENT-REPORT", nEventRQ, n)
}

func (c *Conn) notice(ctx context.Context, name string, field uint16, n Notice) (a Answer, err error) {
	id, err := c.contextOf(n.SOPClassUID, n.TransferSyntaxUID)
	if err != nil {
		return a, fmt.Errorf("%s: %w", name, err)
	}
	err = c.during(ctx, func() error {
		rq := n.command(field, c.nextMessage())
		if err := c.send(id, rq, bytes.NewReader(n.Data), int64(len(n.Data))); err != nil {
			return err
		}
		rsp, err := c.answer(ctx, rq)
		if err == nil {
			a = answerOf(rsp)
		}
		return err
	})
	if err != nil {
		return a, fmt.Errorf("%s: %w", name, err)
	}
	return a, nil
}

// MayReport reports whether the peer lets this side be the provider of a SOP class
// for which its proposal selected that role. A peer that does not answer the
// selection has not refused it.
func (c *Conn) MayReport(sopClass dcm.UID) bool {
	for _, r := range c.peer.Roles {
		if r.SOPClass == sopClass {
			return r.Provider
		}
	}
	return true
}

// Inform has reports of events taken that the peer sends while this side waits for
// a response, or listens.
func (c *Conn) Inform(take func(context.Context, *EventRequest) Status) { c.informed = take }

// Listen takes reports of events until done says that none is expected any more,
// or none has come for so long. The association can be used after it. The error is
// ErrReleased if the peer released the association.
func (c *Conn) Listen(ctx context.Context, patience time.Duration, done func() bool) error {
	for !done() {
		came := false
		err := c.during(ctx, func() (err error) {
			if came, err = c.comes(patience); !came || err != nil {
				return err
			}
			rq, id, err := c.command(make([]byte, 0, 512))
			if err != nil {
				return c.leaving(err)
			}
			return c.inform(ctx, &rq, id)
		})
		if err != nil {
			return fmt.Errorf("listen for reports: %w", err)
		}
		if !came {
			return nil
		}
	}
	return nil
}

// inform has a report taken and answers it.
func (c *Conn) inform(ctx context.Context, rq *commandSet, id byte) error {
	in, ok := c.acceptedAs(id)
	if rq.field != nEventRQ || rq.messageID == nil || c.informed == nil || !ok {
		return invalid("command %04X came where none was due", rq.field)
	}
	var data *dataset
	if rq.hasDataSet() {
		data = newDataset(c.stream, id)
	}
	status, why := rq.event(in, data, func(r *EventRequest) Status { return c.informed(ctx, r) })
	if err := data.drain(); err != nil {
		return err
	}
	response := responseTo(rq, status, why)
	return c.write(appendCommand(make([]byte, 0, 512), id, &response, c.limit))
}

func (c *Conn) acceptedAs(id byte) (AcceptedContext, bool) {
	for _, a := range c.accepted {
		if a.ID == id {
			return a, true
		}
	}
	return AcceptedContext{}, false
}

// leaving is what the end of an association in order means to a side that still
// wanted to use it.
func (c *Conn) leaving(err error) error {
	switch {
	case errors.Is(err, errReleaseRequest):
		_ = c.write((&pdu.ReleaseRP{}).Append(nil))
		return ErrReleased
	case err == io.EOF:
		return ErrPeerClosed
	}
	return err
}
