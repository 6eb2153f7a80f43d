package dimse

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// events are the reports of one association that the peer has not answered.
type events struct {
	p     *provider
	heard atomic.Int64 // when the peer last sent a message that stores nothing, in nanoseconds since 1970

	mu      sync.Mutex
	last    uint16 // message id
	waiting map[uint16]chan Answer
	over    error // why the association takes no more; nil: it does
}

// EventReport reports an event at an instance that this side manages to the peer
// that requested the association, and returns how it answered (N-EVENT-REPORT,
// PS3.7 §10.1.1). Any goroutine may call it but one that a method of the Session
// runs in. ErrReleased means that the peer released the association before it
// answered; then whether it took the report is unknown, as it is after every error.
func (a *Association) EventReport(ctx context.Context, n Notice) (Answer, error) {
	in, ok := a.context(n.SOPClassUID, n.TransferSyntaxUID)
	if !ok {
		return Answer{}, fmt.Errorf("N-EVENT-REPORT: %w: %s in %s", ErrNoContext, n.SOPClassUID, n.TransferSyntaxUID)
	}
	id, answer, err := a.events.open()
	if err != nil {
		return Answer{}, fmt.Errorf("N-EVENT-REPORT: %w", err)
	}
	defer a.events.close(id)
	p := a.events.p
	if err := p.write(message(in.ID, n.command(nEventRQ, &id), n.Data, p.limit)); err != nil {
		return Answer{}, fmt.Errorf("N-EVENT-REPORT: %w", err)
	}
	select {
	case got, open := <-answer:
		if !open {
			return Answer{}, fmt.Errorf("N-EVENT-REPORT: %w", a.events.ended())
		}
		return got, nil
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("N-EVENT-REPORT: not answered: %w", context.Cause(ctx))
	}
}

// Quiet is for how long the peer has sent nothing and is owed nothing; false: the
// association has ended.
func (a *Association) Quiet() (time.Duration, bool) {
	if a.events == nil || a.events.ended() != nil {
		return 0, false
	}
	quiet := time.Since(a.events.p.active())
	return min(quiet, time.Since(time.Unix(0, a.events.heard.Load()))), true
}

// context is the accepted context of a SOP class in a transfer syntax.
func (a *Association) context(sopClass, syntax dcm.UID) (AcceptedContext, bool) {
	for _, c := range a.Contexts {
		if c.AbstractSyntax == sopClass && c.TransferSyntax == syntax {
			return c, true
		}
	}
	return AcceptedContext{}, false
}

func (e *events) open() (uint16, <-chan Answer, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over != nil {
		return 0, nil, e.over
	}
	if e.waiting == nil {
		e.waiting = map[uint16]chan Answer{}
	}
	e.last++
	answer := make(chan Answer, 1)
	e.waiting[e.last] = answer
	return e.last, answer, nil
}

func (e *events) close(id uint16) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.waiting, id)
}

func (e *events) ended() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.over
}

// answered takes in the response to a report. One that nobody waits for any more
// is passed over, and one that was never due ends the association.
func (e *events) answered(c *commandSet) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case c.field != nEventRQ|responseBit:
		return invalid("response %04X came to a provider that requested nothing", c.field)
	case c.respondedTo == nil || *c.respondedTo == 0 || *c.respondedTo > e.last:
		return invalid("response %04X answers another message", c.field)
	case c.status == nil:
		return invalid("response %04X has no status", c.field)
	}
	if answer, waits := e.waiting[*c.respondedTo]; waits {
		answer <- answerOf(c)
		delete(e.waiting, *c.respondedTo)
	}
	return nil
}

// end says that the association ended, for this reason; nil: it is released.
func (e *events) end(reason error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over = reason; reason == nil {
		e.over = ErrReleased
	}
	for _, answer := range e.waiting {
		close(answer)
	}
	e.waiting = nil
}
