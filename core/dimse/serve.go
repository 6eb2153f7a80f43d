package dimse

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// serveConn serves one connection from its first byte to its close. A
// connection without an association ends with serving; an association ends with
// associations, which is later.
func (s *Server) serveConn(serving, associations context.Context, conn net.Conn) {
	defer func() { _ = conn.Close() }()
	log := s.logger().With("peer", conn.RemoteAddr().String())
	artim, limits, places := orDefault(s.ARTIM, DefaultARTIM), s.limits(), s.places()
	w, err := limits.connect(conn)
	if err != nil {
		log.Warn("connection closed", "error", err)
		return
	}
	defer func() { _ = w.conn.Close() }()
	address := addrPort(conn.RemoteAddr()).Addr()
	g := &guest{address: hostOf(address), wire: w}
	g.stranger = limits.Stranger != nil && limits.Stranger(address)
	defer places.leave(g)
	hurried, ok := places.enter(g, connectionsFor(orDefault(limits.MaxAssociations, DefaultMaxAssociations)))
	if !ok {
		log.Warn("connection closed: too many are open")
		return
	}
	if hurried {
		artim /= hurry
	}
	w.until = time.Now().Add(artim)
	last := s.associate(serving, associations, w, &limits, g, log)
	places.stand(g)
	if last == nothing {
		return
	}
	if w.interrupted() != nil {
		artim = min(artim, abortPatience)
	} else {
		stop := context.AfterFunc(serving, func() { _ = conn.Close() })
		defer stop()
	}
	w.awaitClose(artim, last == answered)
}

// lastWord is what this side said last, for whose arrival the close of the
// connection should wait.
type lastWord int

const (
	nothing  lastWord = iota // the peer ended it
	aborted                  // perhaps in the middle of a PDU
	answered                 // a release or a rejection, after a whole PDU
)

// associate establishes an association and serves it to its end.
func (s *Server) associate(serving, associations context.Context, w *wire, limits *Limits, g *guest, log hclog.Logger) lastWord {
	ctx, cancel := context.WithCancel(associations)
	defer cancel()
	// The end of serving concerns a connection only until an association is
	// agreed to.
	settle := context.AfterFunc(serving, func() { w.interrupt(ErrServerStopped) })
	defer settle()
	stop := context.AfterFunc(associations, func() { w.interrupt(context.Cause(associations)) })
	defer stop()
	p, err := s.establish(ctx, w, limits, g, settle)
	if err != nil {
		report(log, err)
		s.tell(w, err)
		// A peer that said nothing in time is not told anything either (PS3.8
		// §9.2.3, AA-2).
		switch {
		case errors.As(err, new(*pdu.FormatError)):
			w.abort(pdu.AbortedByUser, pdu.ReasonNotSpecified) // AA-1
			return aborted
		case errors.As(err, new(*refusedError)):
			return answered
		}
		return nothing
	}
	log = log.With("calling", string(p.association.CallingAE), "called", string(p.association.CalledAE))
	log.Debug("association established", "contexts", len(p.association.Contexts))
	if refused := p.association.Refused; len(refused) > 0 {
		log.Info("abstract syntaxes not accepted", "abstract_syntaxes", refused)
	}
	err = p.serve(ctx, cancel)
	report(log, err)
	switch {
	case err == nil:
		return answered
	case endedByPeer(err):
		return nothing
	}
	return aborted
}

// serve serves an established association to its end and returns why it ended,
// nil being in order.
func (p *provider) serve(ctx context.Context, cancel context.CancelFunc) error {
	p.until = time.Time{}
	p.grow(receiveBuffer)
	err := p.run(ctx)
	p.association.events.end(err)
	if err == nil {
		p.open.Wait()
		if err = p.interrupted(); err == nil {
			return p.release(ctx)
		}
	}
	p.abortFor(err)
	cancel()
	p.open.Wait()
	err = p.at.of(err)
	p.session.Aborted(err)
	return err
}

// release answers an A-RELEASE-RQ after the session agreed (PS3.8 §9.2, states
// Sta8 and Sta13). Many peers have closed the connection by then, which is as
// good.
func (p *provider) release(ctx context.Context) error {
	if err := p.session.Released(ctx); err != nil {
		p.abort(pdu.AbortedByUser, pdu.ReasonNotSpecified)
		return err
	}
	_ = p.write((&pdu.ReleaseRP{}).Append(nil))
	return nil
}

// tell has Rejected know of a connection on which no association came about,
// unless the peer left it at that.
func (s *Server) tell(w *wire, err error) {
	var refused *refusedError
	switch {
	case s.Rejected == nil:
	case errors.As(err, &refused):
		s.Rejected(refused.request, refused.reject.String())
	case errors.As(err, new(*pdu.FormatError)), errors.As(err, new(*handshakeError)):
		s.Rejected(&AssociateRequest{RemoteAddr: addrPort(w.conn.RemoteAddr()), LocalAddr: addrPort(w.conn.LocalAddr())}, lasting(err))
	}
}

// lasting is what an error says, without the time at which it happened: what
// happens again is told in the same words.
func lasting(err error) string {
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		return "TLS handshake: the peer's certificate has expired or is not valid yet: renew it there, or look at the clocks"
	}
	return err.Error()
}

// report logs how a connection ended. Connections that say nothing are port
// scans and health checks.
func report(log hclog.Logger, err error) {
	switch {
	case err == nil:
		log.Debug("association released")
	case err == io.EOF:
		log.Debug("connection closed without a request")
	case errors.As(err, new(*refusedError)):
		log.Warn("association rejected", "error", err)
	default:
		log.Warn("association aborted", "error", err)
	}
}
