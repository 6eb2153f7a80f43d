package dimse

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
	"github.com/raddeploy/raddeploy/core/problem"
)

// negotiate requests the association and takes in the answer (PS3.8 §9.2, state
// Sta5).
func (c *Conn) negotiate(rq *pdu.AssociateRQ) error {
	if err := c.write(rq.Append(nil)); err != nil {
		return err
	}
	p, err := c.readPDU()
	if errors.Is(err, os.ErrDeadlineExceeded) && c.interrupted() == nil {
		return c.ask(err)
	}
	if err == io.EOF || errors.Is(err, syscall.ECONNRESET) {
		return &problem.Error{Cause: ErrPeerClosed, Advice: "it said nothing before: it may want TLS, know another address of us, or be no DICOM node"}
	}
	if err != nil {
		return err
	}
	switch p := p.(type) {
	case *pdu.AssociateAC:
		return c.established(rq, p)
	case *pdu.AssociateRJ:
		return &RejectedError{Reject{Result: p.Result, Source: p.Source, Reason: p.Reason}}
	case *pdu.Abort:
		return &AbortedError{p.Source, p.Reason}
	}
	return &pdu.FormatError{PDU: p.Type(), Reason: pdu.UnexpectedPDU, Detail: "came as the answer to A-ASSOCIATE-RQ"}
}

// established takes in an A-ASSOCIATE-AC. A context counts as accepted only
// with a transfer syntax that was proposed in it.
func (c *Conn) established(rq *pdu.AssociateRQ, ac *pdu.AssociateAC) error {
	if max := ac.User.MaxLength; max != 0 && max < minMaxPDU {
		return &pdu.FormatError{PDU: pdu.TypeAssociateAC, Reason: pdu.InvalidParameter, Detail: "maximum length leaves no room for data"}
	}
	answers := map[byte]pdu.ContextAC{}
	for _, a := range ac.Contexts {
		answers[a.ID] = a
	}
	for _, proposed := range rq.Contexts {
		a, ok := answers[proposed.ID]
		if !ok || a.Result != pdu.ContextAccepted || !contains(proposed.TransferSyntaxes, a.TransferSyntax) {
			continue
		}
		key := contextKey{proposed.AbstractSyntax, a.TransferSyntax}
		if _, twice := c.contexts[key]; !twice {
			c.contexts[key] = a.ID
		}
		c.accepted = append(c.accepted, AcceptedContext{a.ID, proposed.AbstractSyntax, a.TransferSyntax})
	}
	c.peer, c.limit = ac.User, fragmentLimit(ac.User.MaxLength)
	return nil
}

func contains(uids []dcm.UID, uid dcm.UID) bool {
	for _, u := range uids {
		if u == uid {
			return true
		}
	}
	return false
}

// response reads the response to a request and returns its status.
func (c *Conn) response(ctx context.Context, rq *commandSet) (Status, error) {
	rsp, err := c.answer(ctx, rq)
	if err != nil {
		return 0, err
	}
	return Status(*rsp.status), nil
}

// answer reads the response to a request, which has a status, and takes the
// reports that come before it.
func (c *Conn) answer(ctx context.Context, rq *commandSet) (*commandSet, error) {
	for {
		rsp, id, err := c.command(make([]byte, 0, 512))
		switch {
		case err != nil:
			return nil, c.leaving(err)
		case rsp.field == nEventRQ && c.informed != nil:
			if err := c.inform(ctx, &rsp, id); err != nil {
				return nil, err
			}
			continue
		case rsp.field != rq.field|responseBit:
			return nil, invalid("command %04X came where response %04X was due", rsp.field, rq.field|responseBit)
		case rsp.respondedTo == nil || *rsp.respondedTo != *rq.messageID:
			return nil, invalid("response %04X answers another message", rsp.field)
		case rsp.status == nil:
			return nil, invalid("response %04X has no status", rsp.field)
		}
		if rsp.hasDataSet() {
			if err := newDataset(c.stream, id).drain(); err != nil {
				return nil, err
			}
		}
		return &rsp, nil
	}
}
