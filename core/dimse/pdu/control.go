package pdu

// RejectResult says whether a rejected association may be tried again (PS3.8
// §9.3.4).
type RejectResult byte

// Results of an A-ASSOCIATE-RJ.
const (
	RejectedPermanent RejectResult = 1
	RejectedTransient RejectResult = 2
)

// RejectSource says which part of the peer rejected; the reason's meaning
// depends on it.
type RejectSource byte

// Sources of an A-ASSOCIATE-RJ.
const (
	RejectedByUser         RejectSource = 1
	RejectedByACSE         RejectSource = 2
	RejectedByPresentation RejectSource = 3
)

// AssociateRJ refuses an association (PS3.8 §9.3.4).
type AssociateRJ struct {
	Result RejectResult
	Source RejectSource
	Reason byte
}

// Type returns TypeAssociateRJ.
func (*AssociateRJ) Type() Type { return TypeAssociateRJ }

// Append appends the encoded PDU.
func (p *AssociateRJ) Append(b []byte) []byte {
	return append(Header{TypeAssociateRJ, controlLength}.Append(b), 0, byte(p.Result), byte(p.Source), p.Reason)
}

// ReleaseRQ asks to end the association in order (PS3.8 §9.3.6).
type ReleaseRQ struct{}

// Type returns TypeReleaseRQ.
func (*ReleaseRQ) Type() Type { return TypeReleaseRQ }

// Append appends the encoded PDU.
func (*ReleaseRQ) Append(b []byte) []byte {
	return append(Header{TypeReleaseRQ, controlLength}.Append(b), 0, 0, 0, 0)
}

// ReleaseRP agrees to the end of the association (PS3.8 §9.3.7).
type ReleaseRP struct{}

// Type returns TypeReleaseRP.
func (*ReleaseRP) Type() Type { return TypeReleaseRP }

// Append appends the encoded PDU.
func (*ReleaseRP) Append(b []byte) []byte {
	return append(Header{TypeReleaseRP, controlLength}.Append(b), 0, 0, 0, 0)
}

// AbortSource says who aborted (PS3.8 §9.3.8).
type AbortSource byte

// Sources of an A-ABORT.
const (
	AbortedByUser     AbortSource = 0
	AbortedByProvider AbortSource = 2
)

// AbortReason says why a service provider aborted; it means nothing when a
// service user did.
type AbortReason byte

// Reasons of an A-ABORT by the service provider (PS3.8 §9.3.8).
const (
	ReasonNotSpecified    AbortReason = 0
	UnrecognizedPDU       AbortReason = 1
	UnexpectedPDU         AbortReason = 2
	UnrecognizedParameter AbortReason = 4
	UnexpectedParameter   AbortReason = 5
	InvalidParameter      AbortReason = 6
)

// Abort ends the association at once (PS3.8 §9.3.8).
type Abort struct {
	Source AbortSource
	Reason AbortReason
}

// Type returns TypeAbort.
func (*Abort) Type() Type { return TypeAbort }

// Append appends the encoded PDU.
func (p *Abort) Append(b []byte) []byte {
	return append(Header{TypeAbort, controlLength}.Append(b), 0, 0, byte(p.Source), byte(p.Reason))
}
