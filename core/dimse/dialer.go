package dimse

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
	"github.com/raddeploy/raddeploy/core/problem"
)

// MaxContexts is the most presentation contexts of one association: their ids
// are the odd numbers of a byte (PS3.8 §9.3.2.2).
const MaxContexts = 128

// maxTransferSyntaxes bounds one proposal, so that its item's 16-bit length
// holds it.
const maxTransferSyntaxes = 500

// Defaults of Dialer.
const (
	DefaultCallingAE       = dcm.AETitle("RadDeploy")
	DefaultCalledAE        = dcm.AETitle("ANY-SCP")
	DefaultDialTimeout     = 30 * time.Second
	DefaultResponseTimeout = 5 * time.Minute
	DefaultReleaseTimeout  = 30 * time.Second
)

// Dialer requests associations. Its zero value is usable.
type Dialer struct {
	CallingAE dcm.AETitle // "" = DefaultCallingAE
	CalledAE  dcm.AETitle // "" = DefaultCalledAE, which most peers take for themselves
	MaxPDU    int         // the longest P-DATA-TF body taken, in bytes; 0 = DefaultMaxPDU
	// for the connection and its negotiation together; 0 = DefaultDialTimeout
	Timeout time.Duration
	// for the peer to answer, or to take the next bytes; 0 = DefaultResponseTimeout
	ResponseTimeout time.Duration
	// for the peer to answer the request to release; 0 = DefaultReleaseTimeout
	ReleaseTimeout time.Duration
	// nil = no TLS; an empty ServerName becomes the host that is dialled
	TLS        *tls.Config
	SourcePort int // the local port; 0 = any
}

// Dial connects to addr ("host:port") and negotiates an association.
// *RejectedError says that the peer rejected it, and *AbortedError that it
// aborted it. An association without any accepted context is not an error: ask
// Conn.Accepted.
func (d *Dialer) Dial(ctx context.Context, addr string, proposed []PresentationContext) (*Conn, error) {
	rq, err := d.request(proposed)
	if err != nil {
		return nil, fmt.Errorf("request association with %s: %w", addr, err)
	}
	timeout := orDefault(d.Timeout, DefaultDialTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("not done in %v: %w", timeout, context.DeadlineExceeded))
	defer cancel()
	conn, err := d.connect(ctx, addr)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", addr, err)
	}
	w := newWire(conn, strangerBuffer, orDefault(d.ResponseTimeout, DefaultResponseTimeout))
	c := &Conn{stream: newStream(w, rq.User.MaxLength), contexts: map[contextKey]byte{}, fixed: d.SourcePort != 0,
		releaseTimeout: orDefault(d.ReleaseTimeout, DefaultReleaseTimeout)}
	if deadline, ok := ctx.Deadline(); ok {
		c.until = deadline.Add(-min(askTimeout, timeout/4))
	}
	if err := c.during(ctx, func() error { return c.negotiate(rq) }); err != nil {
		return nil, fmt.Errorf("associate with %s: %w", addr, err)
	}
	c.until = time.Time{}
	return c, nil
}

func (d *Dialer) request(proposed []PresentationContext) (*pdu.AssociateRQ, error) {
	if len(proposed) == 0 || len(proposed) > MaxContexts {
		return nil, fmt.Errorf("%d presentation contexts proposed: between 1 and %d are possible", len(proposed), MaxContexts)
	}
	rq := &pdu.AssociateRQ{
		ProtocolVersion:    pdu.ProtocolVersion1,
		CalledAE:           cmp.Or(d.CalledAE, DefaultCalledAE),
		CallingAE:          cmp.Or(d.CallingAE, DefaultCallingAE),
		ApplicationContext: dcm.ApplicationContext,
		User:               ourUserInformation(uint32(orDefault(d.MaxPDU, DefaultMaxPDU))),
	}
	for i, p := range proposed {
		if n := len(p.TransferSyntaxes); n == 0 || n > maxTransferSyntaxes {
			return nil, fmt.Errorf("%d transfer syntaxes proposed for %s: between 1 and %d are possible", n, p.AbstractSyntax,
				maxTransferSyntaxes)
		}
		rq.Contexts = append(rq.Contexts, pdu.ContextRQ{
			ID: byte(2*i + 1), AbstractSyntax: p.AbstractSyntax, TransferSyntaxes: p.TransferSyntaxes,
		})
		if p.Provider {
			rq.User.Roles = append(rq.User.Roles, pdu.Roles{SOPClass: p.AbstractSyntax, Provider: true})
		}
	}
	return rq, nil
}

func (d *Dialer) connect(ctx context.Context, addr string) (net.Conn, error) {
	var dialer net.Dialer
	if d.SourcePort != 0 {
		dialer.LocalAddr = &net.TCPAddr{Port: d.SourcePort}
		dialer.Control = reuseAddress
	}
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if d.SourcePort != 0 && (errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EADDRINUSE)) {
		return nil, &problem.Error{Cause: fmt.Errorf("local port %d is in use: %w", d.SourcePort, err),
			Advice: "from a fixed port there is one association at a time with an address: try again when the one before has ended, or look for another program that has the port"}
	}
	if err != nil {
		return nil, err
	}
	plain, err := promptly(conn)
	if err != nil || d.TLS == nil {
		if err != nil {
			_ = conn.Close()
		}
		return plain, err
	}
	config := d.TLS.Clone()
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(addr)
	}
	secured := tls.Client(plain, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, foreignHandshake(err)
	}
	return secured, nil
}
