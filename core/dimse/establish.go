package dimse

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// establish brings a new connection to an established association (PS3.8 §9.2,
// states Sta2 and Sta3), or returns why not. A peer has ARTIM for all of it. A
// *refusedError has been answered. settle is called when nothing but the peer's
// consent is missing; false means that it is too late.
func (s *Server) establish(ctx context.Context, w *wire, limits *Limits, g *guest, settle func() bool) (*provider, error) {
	state, err := s.handshake(ctx, w)
	if err != nil {
		return nil, err
	}
	p, err := w.readPDU()
	if err != nil {
		return nil, err
	}
	rq, ok := p.(*pdu.AssociateRQ)
	if abort, aborted := p.(*pdu.Abort); aborted {
		return nil, &AbortedError{abort.Source, abort.Reason}
	} else if !ok {
		return nil, &pdu.FormatError{PDU: p.Type(), Reason: pdu.UnexpectedPDU, Detail: "came where A-ASSOCIATE-RQ was due"}
	}
	request := &AssociateRequest{
		CallingAE:  rq.CallingAE,
		CalledAE:   rq.CalledAE,
		RemoteAddr: addrPort(w.conn.RemoteAddr()),
		LocalAddr:  addrPort(w.conn.LocalAddr()),
		Contexts:   proposals(rq.Contexts),
		TLS:        state,
	}
	request.ImplementationClass, request.ImplementationVersion = implementation(&rq.User)
	reject := limits.judge(rq, request)
	if reject == nil {
		reject = s.place(request, limits, g)
	}
	if reject != nil {
		return nil, refuse(w, request, reject)
	}
	a := associationOf(request, s.serial.Add(1))
	o := s.offer(limits, request)
	answers, accepted, err := o.answer(rq)
	if err != nil {
		return nil, err
	}
	a.Contexts, a.Refused, a.PeerMaxPDU = accepted, refused(rq, accepted), rq.User.MaxLength
	ac := &pdu.AssociateAC{
		ProtocolVersion:    pdu.ProtocolVersion1,
		CalledAE:           rq.CalledAE,
		CallingAE:          rq.CallingAE,
		ApplicationContext: dcm.ApplicationContext,
		Contexts:           answers,
		User:               ourUserInformation(uint32(orDefault(limits.MaxPDU, DefaultMaxPDU))),
	}
	limit := min(orDefault(s.MaxOperations, maxOperations), maxOperations)
	ac.User.AsyncWindow, a.Operations = window(rq.User.AsyncWindow, limit)
	ac.User.Roles = o.roles(rq.User.Roles)

	if !settle() {
		return nil, ErrServerStopped
	}
	var session Session = noSession{}
	if s.NewSession != nil {
		made, reject := s.NewSession(ctx, a)
		if reject != nil {
			return nil, refuse(w, request, reject)
		}
		session = made
	}
	established := newProvider(w, a, session, uint32(orDefault(limits.MaxPDU, DefaultMaxPDU)))
	established.service = o.service
	if err := w.write(ac.Append(nil)); err != nil {
		session.Aborted(err)
		return nil, err
	}
	return established, nil
}

func (s *Server) handshake(ctx context.Context, w *wire) (*tls.ConnectionState, error) {
	conn, ok := w.conn.(*tls.Conn)
	if !ok {
		return nil, nil
	}
	ctx, cancel := context.WithDeadline(ctx, w.until)
	defer cancel()
	switch err := conn.HandshakeContext(ctx); {
	case err == nil:
	case endedByPeer(err) && conn.ConnectionState().Version == 0: // without a word
		return nil, err
	default:
		return nil, &handshakeError{foreignHandshake(err)}
	}
	state := conn.ConnectionState()
	return &state, nil
}

// judge decides whether the association is wanted at all.
func (l *Limits) judge(rq *pdu.AssociateRQ, request *AssociateRequest) *Reject {
	switch {
	case rq.ProtocolVersion&pdu.ProtocolVersion1 == 0:
		return protocolVersionNotSupported()
	case rq.ApplicationContext != dcm.ApplicationContext:
		return applicationContextNotSupported()
	case rq.User.MaxLength != 0 && rq.User.MaxLength < minMaxPDU:
		return NoReasonGiven()
	case l.Admit != nil:
		return l.Admit(request)
	}
	return nil
}

// offer is what a peer is offered.
func (s *Server) offer(limits *Limits, request *AssociateRequest) offer {
	service := func(sopClass dcm.UID) Roles {
		if limits.Service == nil || s.NewSession == nil {
			return Roles{}
		}
		return limits.Service(request, sopClass)
	}
	return offer{func(uid dcm.UID) bool { return s.accepts(uid, service(uid)) }, service}
}

// place takes a place for an association that is wanted, or says why there is none.
func (s *Server) place(rq *AssociateRequest, limits *Limits, g *guest) *Reject {
	places := s.places()
	if limits.Share != nil {
		if name, most := limits.Share(rq); most > 0 {
			if reject := places.join(g, name, most); reject != nil {
				return reject
			}
		}
	}
	return places.seat(g, orDefault(limits.MaxAssociations, DefaultMaxAssociations), orDefault(s.ARTIM, DefaultARTIM))
}

// refusedError says that an association was rejected and the peer has been told.
type refusedError struct {
	request *AssociateRequest
	reject  Reject
}

func (e *refusedError) Error() string {
	return fmt.Sprintf("association of %s, calling %s, rejected: %v", e.request.CallingAE, e.request.CalledAE, e.reject)
}

// handshakeError says that a connection could not be secured.
type handshakeError struct{ cause error }

func (e *handshakeError) Error() string { return e.cause.Error() }
func (e *handshakeError) Unwrap() error { return e.cause }

func refuse(w *wire, rq *AssociateRequest, reject *Reject) error {
	rj := &pdu.AssociateRJ{Result: reject.Result, Source: reject.Source, Reason: reject.Reason}
	if err := w.write(rj.Append(nil)); err != nil {
		return err
	}
	return &refusedError{rq, *reject}
}

// connect makes a served connection's wire.
func (l *Limits) connect(conn net.Conn) (*wire, error) {
	conn, err := promptly(conn)
	if err != nil {
		return nil, err
	}
	if l.TLS != nil {
		conn = tls.Server(conn, l.TLS)
	}
	return newWire(conn, strangerBuffer, orDefault(l.IdleTimeout, DefaultIdleTimeout)), nil
}

// strangerBuffer is the size of the buffer of a connection that has no
// association yet.
const strangerBuffer = 4 << 10

func promptly(conn net.Conn) (net.Conn, error) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		return prompt(tcp)
	}
	return conn, nil
}

func addrPort(addr net.Addr) netip.AddrPort {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		ap := tcp.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}

// noSession takes no object: it stands in where there is no NewSession.
type noSession struct{}

func (noSession) Store(context.Context, *StoreRequest) Status { return SOPClassNotSupported }
func (noSession) Released(context.Context) error              { return nil }
func (noSession) Aborted(error)                               {}
