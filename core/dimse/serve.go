package dimse

import (
	"context"
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
	artim, limits := orDefault(s.ARTIM, DefaultARTIM), s.limits()
	connection, association := place{of: &s.connections}, place{of: &s.associations}
	defer connection.leave()
	defer association.leave()
	if !connection.take(2*int64(orDefault(limits.MaxAssociations, DefaultMaxAssociations)) + spareConnections) {
		log.Warn("connection closed: too many are open")
		return
	}
	w, err := limits.connect(conn, artim)
	if err != nil {
		log.Warn("connection closed", "error", err)
		return
	}
	defer func() { _ = w.conn.Close() }()
	spoke := s.associate(serving, associations, w, &limits, &association, log)
	association.leave()
	if !spoke {
		return
	}
	if w.interrupted() != nil {
		artim = min(artim, abortPatience)
	} else {
		stop := context.AfterFunc(serving, func() { _ = conn.Close() })
		defer stop()
	}
	w.awaitClose(artim)
}

// associate establishes an association and serves it to its end. It reports
// whether this side had the last word, for whose arrival the close of the
// connection should wait.
func (s *Server) associate(serving, associations context.Context, w *wire, limits *Limits, place *place, log hclog.Logger) (spoke bool) {
	ctx, cancel := context.WithCancel(associations)
	defer cancel()
	// The end of serving concerns a connection only until an association is
	// agreed to.
	settle := context.AfterFunc(serving, func() { w.interrupt(ErrServerStopped) })
	defer settle()
	stop := context.AfterFunc(associations, func() { w.interrupt(context.Cause(associations)) })
	defer stop()
	p, err := s.establish(ctx, w, limits, place, settle)
	if err != nil {
		report(log, err)
		// A peer that said nothing in time is not told anything either (PS3.8
		// §9.2.3, AA-2).
		if errors.As(err, new(*pdu.FormatError)) {
			w.abortFor(err)
			return true
		}
		return errors.As(err, new(*refusedError))
	}
	log = log.With("calling", string(p.association.CallingAE))
	log.Debug("association established", "contexts", len(p.association.Contexts))
	err = p.serve(ctx, cancel)
	report(log, err)
	return !endedByPeer(err)
}

// spareConnections are those over twice the limit of associations that may be
// open to be told of the limit, or to end.
const spareConnections = 16

// serve serves an established association to its end and returns why it ended,
// nil being in order.
func (p *provider) serve(ctx context.Context, cancel context.CancelFunc) error {
	p.until = time.Time{}
	p.grow(bufferSize)
	err := p.run(ctx)
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
