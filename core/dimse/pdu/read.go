package pdu

import (
	"bytes"
	"fmt"
	"io"
)

// Most bytes that a body may have. A-ASSOCIATE with all its 128 contexts and
// dozens of transfer syntaxes in each stays below.
const (
	MaxAssociateLength = 1 << 20
	controlLength      = 4
)

// Check says whether a header announces a PDU that may be read: a known type
// with a length that its type can have. A P-DATA-TF may have maxData bytes.
func (h Header) Check(maxData uint32) error {
	switch h.Type {
	case TypeAssociateRQ, TypeAssociateAC:
		if h.Length < associateFixed || h.Length > MaxAssociateLength {
			return malformed(h.Type, "length %d is not between %d and %d", h.Length, associateFixed, MaxAssociateLength)
		}
	case TypeAssociateRJ, TypeReleaseRQ, TypeReleaseRP, TypeAbort:
		if h.Length != controlLength {
			return malformed(h.Type, "length is %d, not %d", h.Length, controlLength)
		}
	case TypeData:
		if h.Length < PDVHeaderLength || h.Length > maxData {
			return malformed(h.Type, "length %d is not between %d and the maximum of %d", h.Length, PDVHeaderLength, maxData)
		}
	default:
		return &FormatError{PDU: h.Type, Reason: UnrecognizedPDU, Detail: "no such PDU type"}
	}
	return nil
}

// Read reads one whole PDU. A P-DATA-TF may have maxData bytes. The error is
// io.EOF if r ends before the first byte, io.ErrUnexpectedEOF (wrapped) if it
// ends later, and a *FormatError if the bytes are not a PDU.
func Read(r io.Reader, maxData uint32) (PDU, error) {
	var head [HeaderLength]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		if err == io.EOF {
			return nil, err
		}
		return nil, fmt.Errorf("read PDU header: %w", err)
	}
	return ReadBody(r, ParseHeader(head[:]), maxData)
}

// ReadBody reads the PDU whose header has been read. Memory grows only as bytes
// arrive.
func ReadBody(r io.Reader, h Header, maxData uint32) (PDU, error) {
	if err := h.Check(maxData); err != nil {
		return nil, err
	}
	var body bytes.Buffer
	if n, err := io.CopyN(&body, r, int64(h.Length)); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("read %v: %d of %d bytes came: %w", h.Type, n, h.Length, err)
	}
	return Decode(h.Type, body.Bytes())
}

// Decode decodes the body of a PDU. The value of a P-DATA-TF refers to body,
// the others copy what they need.
func Decode(t Type, body []byte) (PDU, error) {
	switch t {
	case TypeAssociateRQ:
		return decodeAssociateRQ(body)
	case TypeAssociateAC:
		return decodeAssociateAC(body)
	case TypeData:
		return decodeData(body)
	}
	if !t.Known() {
		return nil, &FormatError{PDU: t, Reason: UnrecognizedPDU, Detail: "no such PDU type"}
	}
	if len(body) != controlLength {
		return nil, malformed(t, "length is %d, not %d", len(body), controlLength)
	}
	switch t {
	case TypeAssociateRJ:
		return &AssociateRJ{Result: RejectResult(body[1]), Source: RejectSource(body[2]), Reason: body[3]}, nil
	case TypeReleaseRQ:
		return &ReleaseRQ{}, nil
	case TypeReleaseRP:
		return &ReleaseRP{}, nil
	}
	return &Abort{Source: AbortSource(body[2]), Reason: AbortReason(body[3])}, nil
}
