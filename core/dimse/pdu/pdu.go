// Package pdu encodes and decodes the seven protocol data units of the DICOM
// upper layer (PS3.8 §9.3).
//
// Bytes come in, values go out, and the other way round. Everything here may
// come from a stranger: no length from the wire is allocated before its bytes
// have arrived, every inner length is checked against what encloses it, and
// sub-items that the package does not know are skipped. It holds no connection
// and no protocol state; package dimse has those. P-DATA-TF is streamed there
// with ParseHeader and ParsePDVHeader, so that an object's bytes never gather
// in memory.
package pdu

import (
	"encoding/binary"
	"fmt"
)

// Type is the first byte of a PDU.
type Type byte

// The seven types (PS3.8 §9.3.1).
const (
	TypeAssociateRQ Type = 0x01
	TypeAssociateAC Type = 0x02
	TypeAssociateRJ Type = 0x03
	TypeData        Type = 0x04
	TypeReleaseRQ   Type = 0x05
	TypeReleaseRP   Type = 0x06
	TypeAbort       Type = 0x07
)

// String returns the standard's name of the type.
func (t Type) String() string {
	switch t {
	case TypeAssociateRQ:
		return "A-ASSOCIATE-RQ"
	case TypeAssociateAC:
		return "A-ASSOCIATE-AC"
	case TypeAssociateRJ:
		return "A-ASSOCIATE-RJ"
	case TypeData:
		return "P-DATA-TF"
	case TypeReleaseRQ:
		return "A-RELEASE-RQ"
	case TypeReleaseRP:
		return "A-RELEASE-RP"
	case TypeAbort:
		return "A-ABORT"
	}
	return fmt.Sprintf("PDU type %02X", byte(t))
}

// Known reports whether the type is one of the seven.
func (t Type) Known() bool { return t >= TypeAssociateRQ && t <= TypeAbort }

// PDU is one decoded protocol data unit: a pointer to one of this package's
// seven structs.
type PDU interface {
	Type() Type
	// Append appends the whole encoded PDU, header included, and returns the
	// extended slice.
	Append(b []byte) []byte
}

// HeaderLength is the length of a PDU's type, reserved byte and length field,
// in bytes.
const HeaderLength = 6

// Header is what stands before the body of every PDU.
type Header struct {
	Type   Type
	Length uint32 // of the body, in bytes
}

// ParseHeader reads a header from the first HeaderLength bytes of b.
func ParseHeader(b []byte) Header {
	return Header{Type: Type(b[0]), Length: binary.BigEndian.Uint32(b[2:HeaderLength])}
}

// Append appends the encoded header.
func (h Header) Append(b []byte) []byte {
	return binary.BigEndian.AppendUint32(append(b, byte(h.Type), 0), h.Length)
}

// FormatError says that bytes are not a PDU as PS3.8 §9.3 has it.
type FormatError struct {
	PDU    Type
	Reason AbortReason // the reason to abort the association with
	Detail string
}

func (e *FormatError) Error() string { return fmt.Sprintf("%v: %s", e.PDU, e.Detail) }

func malformed(t Type, format string, args ...any) error {
	return &FormatError{PDU: t, Reason: InvalidParameter, Detail: fmt.Sprintf(format, args...)}
}
