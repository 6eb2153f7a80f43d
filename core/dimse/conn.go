package dimse

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// Conn is an association that this side requested. One goroutine uses it. After
// an error other than ErrNoContext the association is over; the connection has
// been closed.
type Conn struct {
	*stream
	contexts map[contextKey]byte // ids of accepted contexts
	accepted []AcceptedContext
	peer     pdu.UserInformation
	limit    int    // bytes of the longest fragment to send
	lastID   uint16 // of a message
	out      []byte // for what is being written
	fixed    bool   // the local port is fixed, so it must be free again at once
	over     error  // why the association cannot be used any more
	// for the peer to answer the request to release
	releaseTimeout time.Duration
	// takes reports of events; nil: none is due
	informed func(context.Context, *EventRequest) Status
}

type contextKey struct{ abstractSyntax, transferSyntax dcm.UID }

// errConnClosed is what is left of a Conn after Release or Abort.
var errConnClosed = errors.New("association has been ended by this side")

// Accepted reports whether objects of the SOP class can be sent in the transfer
// syntax.
func (c *Conn) Accepted(sopClass, transferSyntax dcm.UID) bool {
	_, ok := c.contexts[contextKey{sopClass, transferSyntax}]
	return ok
}

// Contexts returns the accepted presentation contexts in the order of their
// proposal.
func (c *Conn) Contexts() []AcceptedContext { return c.accepted }

// Peer returns the implementation class and version that the peer gave for itself, in
// printable ASCII.
func (c *Conn) Peer() (dcm.UID, string) { return implementation(&c.peer) }

// PeerMaxPDU is the longest P-DATA-TF body that the peer takes, in bytes; 0 = any
// length.
func (c *Conn) PeerMaxPDU() uint32 { return c.peer.MaxLength }

// TLS returns how the association is secured; nil: it is not.
func (c *Conn) TLS() *tls.ConnectionState {
	secured, ok := c.conn.(*tls.Conn)
	if !ok {
		return nil
	}
	state := secured.ConnectionState()
	return &state
}

// Echo asks the peer for a sign of life (C-ECHO, PS3.7 §9.1.5). It needs an
// accepted context of Verification.
func (c *Conn) Echo(ctx context.Context) (Status, error) {
	id, err := c.contextOf(dcm.Verification, "")
	if err != nil {
		return 0, err
	}
	var status Status
	err = c.during(ctx, func() error {
		rq := &commandSet{field: cEchoRQ, messageID: c.nextMessage(), dataSetType: noDataSet, sopClass: dcm.Verification}
		if err := c.write(appendCommand(c.out[:0], id, rq, c.limit)); err != nil {
			return c.explain(err)
		}
		status, err = c.response(ctx, rq)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("C-ECHO: %w", err)
	}
	return status, nil
}

// Release ends the association in order and closes the connection (PS3.8 §9.2,
// state Sta7). A peer that does not answer in time loses the connection.
func (c *Conn) Release(ctx context.Context) error {
	c.until = time.Now().Add(c.releaseTimeout)
	err := c.during(ctx, func() error {
		if err := c.write((&pdu.ReleaseRQ{}).Append(nil)); err != nil {
			return c.explain(err)
		}
		c.releasing = true
		for collided := false; ; {
			switch err := c.next(); {
			case errors.Is(err, errReleaseRequest) && !collided:
				// both asked at once: answer, and wait for the answer
				if err := c.write((&pdu.ReleaseRP{}).Append(nil)); err != nil {
					return err
				}
				collided = true
			case err == nil && collided, errors.Is(err, errReleaseRequest):
				return &pdu.FormatError{PDU: pdu.TypeReleaseRP, Reason: pdu.UnexpectedPDU, Detail: "was due after a collision of releases, and another came"}
			case errors.Is(err, errReleaseResponse), err == io.EOF:
				// a peer that just closes has heard the request too
				return nil
			case err != nil:
				return err
			}
			if err := c.skip(); err != nil {
				return err
			}
		}
	})
	if err != nil {
		return fmt.Errorf("release association: %w", err)
	}
	c.over = errConnClosed
	c.close()
	return nil
}

// Abort ends the association at once, if it is not over, and closes the connection.
func (c *Conn) Abort() {
	if c.over == nil {
		c.over = errConnClosed
		c.abort(pdu.AbortedByUser, pdu.ReasonNotSpecified)
		c.close()
	}
}

// during runs an operation that ctx can interrupt. An operation that fails ends
// the association.
func (c *Conn) during(ctx context.Context, operation func() error) error {
	if c.over != nil {
		return c.over
	}
	stop := context.AfterFunc(ctx, func() { c.interrupt(context.Cause(ctx)) })
	err := operation()
	if interrupted := !stop(); interrupted && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		c.over = err
		c.abortFor(err)
		c.close()
	}
	return err
}

// close closes the connection. A fixed local port does not wait in TIME_WAIT:
// all that mattered has been answered.
func (c *Conn) close() {
	transport := c.conn
	if secured, ok := transport.(*tls.Conn); ok {
		transport = secured.NetConn()
	}
	if tcp, ok := transport.(interface{ SetLinger(int) error }); ok && c.fixed {
		_ = tcp.SetLinger(0)
	}
	_ = c.conn.Close()
}

func (c *Conn) nextMessage() *uint16 {
	c.lastID++
	id := c.lastID
	return &id
}

// contextOf returns the id of an accepted context; transferSyntax "" means any.
func (c *Conn) contextOf(abstractSyntax, transferSyntax dcm.UID) (byte, error) {
	if c.over != nil {
		return 0, c.over
	}
	if id, ok := c.contexts[contextKey{abstractSyntax, transferSyntax}]; ok {
		return id, nil
	}
	for _, a := range c.accepted {
		if transferSyntax == "" && a.AbstractSyntax == abstractSyntax {
			return a.ID, nil
		}
	}
	return 0, fmt.Errorf("%w: %s in %s", ErrNoContext, abstractSyntax, transferSyntax)
}

// explainPatience is how long a failed write waits for the A-ABORT that may
// have caused it.
const explainPatience = 500 * time.Millisecond

// explain looks for the A-ABORT of a peer that closed the connection while this
// side was writing.
func (c *Conn) explain(err error) error {
	if c.interrupted() != nil || errors.Is(err, net.ErrClosed) {
		return err
	}
	c.until = time.Now().Add(explainPatience)
	var aborted *AbortedError
	if why := c.next(); errors.As(why, &aborted) {
		return aborted
	}
	return err
}
