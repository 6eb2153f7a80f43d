package dimse

import (
	"context"
	"crypto/tls"
	"net/netip"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// PresentationContext is one proposal: an abstract syntax, which for storage is
// a SOP class, and the transfer syntaxes that its proposer can use, the
// preferred one first.
type PresentationContext struct {
	AbstractSyntax   dcm.UID
	TransferSyntaxes []dcm.UID
	// Provider says that its proposer is the provider of the SOP class, and not its
	// user: it selects the role (PS3.7 §D.3.3.4).
	Provider bool
}

// AcceptedContext is a presentation context that both sides agreed on.
type AcceptedContext struct {
	ID             byte
	AbstractSyntax dcm.UID
	TransferSyntax dcm.UID
}

// AssociateRequest is what a peer asks for, before anything was answered.
// Everything in it is the peer's claim, except the addresses and the TLS state.
type AssociateRequest struct {
	CallingAE             dcm.AETitle
	CalledAE              dcm.AETitle
	RemoteAddr            netip.AddrPort
	LocalAddr             netip.AddrPort
	Contexts              []PresentationContext
	ImplementationClass   dcm.UID
	ImplementationVersion string
	TLS                   *tls.ConnectionState // nil without TLS
}

// Association is an association that is being or has been established.
type Association struct {
	Serial                uint64 // counts the associations of one Server, from 1
	CallingAE             dcm.AETitle
	CalledAE              dcm.AETitle
	RemoteAddr            netip.AddrPort
	LocalAddr             netip.AddrPort
	Contexts              []AcceptedContext
	Refused               []dcm.UID // abstract syntaxes that the peer proposed in vain, each once
	ImplementationClass   dcm.UID   // the peer's
	ImplementationVersion string    // the peer's
	PeerMaxPDU            uint32    // the longest P-DATA-TF body that the peer takes; 0 = any length
	// how many C-STOREs may be open at once; 1 unless the peer negotiated a window
	Operations int
	TLS        *tls.ConnectionState

	events *events // that are reported to the peer
}

// Session receives what happens on one established association. Exactly one of
// Released and Aborted is called, once and last.
type Session interface {
	// Store stores one object and returns the status to answer with. It reads
	// r.Data; what it leaves is drained. Success means that the object is safe.
	// A failure is answered with its meaning, or with what [StoreRequest.Refuse]
	// was told.
	// Store runs concurrently with itself only if the association's Operations
	// is over 1, and never more than that many times. It must not use r.Data
	// after it returned. ctx ends when the association does not go on.
	Store(ctx context.Context, r *StoreRequest) Status
	// Released says that the peer wants to end the association in order and
	// every object has been answered. The release is answered after it returns;
	// an error aborts the association instead.
	Released(ctx context.Context) error
	// Aborted says that the association ended otherwise: *AbortedError,
	// ErrPeerClosed, ErrServerStopped, a protocol error, or an error of the
	// connection.
	Aborted(reason error)
}

// StoreRequest is one C-STORE-RQ (PS3.7 §9.3.1.1). Both UIDs are valid as
// dcm.UID.Valid has it.
type StoreRequest struct {
	SOPClassUID           dcm.UID
	SOPInstanceUID        dcm.UID
	TransferSyntaxUID     dcm.UID
	MessageID             uint16
	PresentationContextID byte
	Data                  Dataset

	comment string
}

// Refuse returns a status of failure to answer with, and has the response say
// why: as its Error Comment (0000,0902), of which the peer sees 64 characters.
func (r *StoreRequest) Refuse(status Status, why string) Status {
	r.comment = why
	return status
}

func associationOf(rq *AssociateRequest, serial uint64) *Association {
	return &Association{
		Serial:                serial,
		CallingAE:             rq.CallingAE,
		CalledAE:              rq.CalledAE,
		RemoteAddr:            rq.RemoteAddr,
		LocalAddr:             rq.LocalAddr,
		ImplementationClass:   rq.ImplementationClass,
		ImplementationVersion: rq.ImplementationVersion,
		Operations:            1,
		TLS:                   rq.TLS,
	}
}

func proposals(contexts []pdu.ContextRQ) []PresentationContext {
	p := make([]PresentationContext, 0, len(contexts))
	for _, c := range contexts {
		p = append(p, PresentationContext{AbstractSyntax: c.AbstractSyntax, TransferSyntaxes: c.TransferSyntaxes})
	}
	return p
}
