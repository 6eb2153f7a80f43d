package dimse

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// provider serves one established association: it is state Sta6 of PS3.8 §9.2.
type provider struct {
	*stream
	association *Association
	session     Session
	contexts    map[byte]AcceptedContext
	limit       int // bytes of the longest fragment to send

	slots chan struct{}  // one for each operation that may run beside the reading; nil = none may
	open  sync.WaitGroup // those that run
	at    position       // of the object that is being read, or was last

	service func(sopClass dcm.UID) Roles // what of it the peer may use
}

func newProvider(w *wire, a *Association, session Session, maxPDU uint32) *provider {
	p := &provider{
		stream:      newStream(w, maxPDU),
		association: a,
		session:     session,
		contexts:    make(map[byte]AcceptedContext, len(a.Contexts)),
		limit:       fragmentLimit(a.PeerMaxPDU),
	}
	for _, c := range a.Contexts {
		p.contexts[c.ID] = c
	}
	if a.Operations > 1 {
		p.slots = make(chan struct{}, a.Operations)
	}
	a.events = &events{p: p}
	return p
}

// run answers messages until the peer requests release (nil) or the association
// cannot go on. Operations may still be running.
func (p *provider) run(ctx context.Context) error {
	commands := make([]byte, 0, 512)
	p.gotOn()
	for {
		c, id, err := p.command(commands)
		switch {
		case errors.Is(err, errReleaseRequest):
			return nil
		case err == io.EOF:
			return ErrPeerClosed
		case err != nil:
			return err
		}
		if err := p.message(ctx, &c, id); err != nil {
			return err
		}
		if c.work() {
			p.gotOn()
		} else {
			p.moved = 0
			p.association.events.heard.Store(time.Now().UnixNano())
		}
	}
}

// message answers one message.
func (p *provider) message(ctx context.Context, c *commandSet, id byte) error {
	presentation, ok := p.contexts[id]
	if !ok {
		return invalid("message in presentation context %d, which was not accepted", id)
	}
	data := newDataset(p.stream, id)
	if !c.hasDataSet() {
		data = nil
	}
	switch {
	case c.field == cCancelRQ: // nothing that could be cancelled is ever pending
		return data.drain()
	case c.field&responseBit != 0:
		if err := data.drain(); err != nil {
			return err
		}
		return p.association.events.answered(c)
	case c.messageID == nil:
		return invalid("request %04X has no message id", c.field)
	case c.field == cStoreRQ:
		return p.store(ctx, c, presentation, data)
	case c.field == nActionRQ, c.field == nEventRQ:
		return p.notified(ctx, c, presentation, data)
	}
	status := UnrecognizedOperation
	if c.field == cEchoRQ {
		status = Success
	}
	if err := data.drain(); err != nil {
		return err
	}
	return p.respond(c, id, status, "")
}

// store has the session store an object, beside the reading of the next one if
// the association has a window.
func (p *provider) store(ctx context.Context, c *commandSet, presentation AcceptedContext, data *dataset) error {
	if c.sopClass == "" {
		c.sopClass = presentation.AbstractSyntax
	}
	p.at.begin(c.sopInstance)
	if refusal, why := refusal(c, presentation); refusal.Failure() {
		if err := data.drain(); err != nil {
			return err
		}
		p.at.whole = true
		return p.respond(c, presentation.ID, refusal, why)
	}
	r := &StoreRequest{
		SOPClassUID:           c.sopClass,
		SOPInstanceUID:        c.sopInstance,
		TransferSyntaxUID:     presentation.TransferSyntax,
		MessageID:             *c.messageID,
		PresentationContextID: presentation.ID,
		Data:                  data,
	}
	if p.slots != nil {
		return p.storeBeside(ctx, c, r, data)
	}
	status := p.session.Store(ctx, r)
	if err := data.drain(); err != nil {
		return err
	}
	p.at.whole = true
	return p.respond(c, presentation.ID, status, r.comment)
}

// refusal returns what is wrong with a C-STORE-RQ whatever its data set holds,
// and why, or Success.
func refusal(c *commandSet, presentation AcceptedContext) (status Status, why string) {
	switch {
	case presentation.AbstractSyntax == dcm.Verification:
		return SOPClassNotSupported, "an object came in a context of Verification"
	case !c.sopClass.Valid():
		return SOPClassNotSupported, "the SOP class UID is not valid"
	case c.sopInstance == "":
		return InvalidSOPInstance, "the request has no SOP instance UID"
	case !c.sopInstance.Valid():
		return InvalidSOPInstance, "the SOP instance UID is not valid"
	case !c.hasDataSet():
		return CannotUnderstand, "the request has no data set"
	}
	return Success, ""
}

// storeBeside returns as soon as the data set has been read, while the session
// goes on making it safe. The answer is written only if the data set was whole.
func (p *provider) storeBeside(ctx context.Context, c *commandSet, r *StoreRequest, data *dataset) error {
	p.slots <- struct{}{}
	data.done = make(chan struct{})
	request, returned, whole := *c, make(chan struct{}), make(chan bool, 1)
	p.open.Go(func() {
		defer func() { <-p.slots }()
		status := p.session.Store(ctx, r)
		close(returned)
		if !<-whole {
			return
		}
		defer p.answered()
		if err := p.respond(&request, r.PresentationContextID, status, r.comment); err != nil {
			p.interrupt(err)
		}
	})
	select {
	case <-data.done:
	case <-returned:
	}
	err := data.drain()
	p.owed.Add(1)
	whole <- err == nil
	p.at.whole = err == nil
	return err
}

// respond writes the response to a request in one write.
func (p *provider) respond(c *commandSet, id byte, status Status, why string) error {
	response := responseTo(c, status, why)
	return p.write(appendCommand(make([]byte, 0, 512), id, &response, p.limit))
}

// responseTo is the response to a request. A failure says why, or else what its
// status means.
func responseTo(c *commandSet, status Status, why string) commandSet {
	code := uint16(status)
	if status.Failure() {
		why = errorComment(cmp.Or(why, status.meaning()))
	} else {
		why = ""
	}
	return commandSet{
		field:       c.field | responseBit,
		respondedTo: c.messageID,
		dataSetType: noDataSet,
		status:      &code,
		sopClass:    c.sopClass,
		sopInstance: c.sopInstance,
		comment:     why,
		eventType:   c.eventType,
		actionType:  c.actionType,
	}
}
