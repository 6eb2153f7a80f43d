package dimse

import (
	"errors"
	"fmt"

	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// ErrPeerClosed says that the peer closed the connection without releasing or
// aborting the association.
var ErrPeerClosed = errors.New("peer closed the connection without releasing the association")

// ErrServerStopped says that the server ended an association because it is
// being stopped.
var ErrServerStopped = errors.New("the server is being stopped")

// ErrReleased says that the peer released an association that this side still
// wanted to use.
var ErrReleased = errors.New("peer released the association")

// ErrNoContext says that the peer accepted no presentation context for an
// object's SOP class and transfer syntax. Trying again does not help;
// converting the object to another transfer syntax may.
var ErrNoContext = errors.New("peer accepted no presentation context for this SOP class and transfer syntax")

// AbortedError says that the peer aborted the association (PS3.8 §9.3.8).
type AbortedError struct {
	Source pdu.AbortSource
	Reason pdu.AbortReason
}

func (e *AbortedError) Error() string {
	if e.Source == pdu.AbortedByUser {
		return "peer aborted the association"
	}
	return fmt.Sprintf("peer's service provider aborted the association: %s", abortReason(e.Reason))
}

func abortReason(r pdu.AbortReason) string {
	switch r {
	case pdu.UnrecognizedPDU:
		return "unrecognized PDU"
	case pdu.UnexpectedPDU:
		return "unexpected PDU"
	case pdu.UnrecognizedParameter:
		return "unrecognized PDU parameter"
	case pdu.UnexpectedParameter:
		return "unexpected PDU parameter"
	case pdu.InvalidParameter:
		return "invalid PDU parameter value"
	}
	return "reason not specified"
}

// RejectedError says that the peer rejected the association.
type RejectedError struct{ Reject }

func (e *RejectedError) Error() string { return "peer rejected the association: " + e.Reject.String() }
