package commitment

import (
	"encoding/binary"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// Encode writes the data set of an N-ACTION, in Implicit or Explicit VR Little
// Endian.
func (r *Request) Encode(transferSyntax dcm.UID) []byte {
	e := encoder{implicit: transferSyntax == dcm.ImplicitVRLittleEndian}
	b := e.uid(nil, dcm.TransactionUID, r.Transaction)
	return sequence(e, b, dcm.ReferencedSOPSequence, r.References, e.reference)
}

// Encode writes the data set of an N-EVENT-REPORT likewise.
func (r *Result) Encode(transferSyntax dcm.UID) []byte {
	e := encoder{implicit: transferSyntax == dcm.ImplicitVRLittleEndian}
	b := e.uid(nil, dcm.TransactionUID, r.Transaction)
	b = sequence(e, b, dcm.FailedSOPSequence, r.Failed, func(b []byte, f run.Uncommitted) []byte {
		b = e.reference(b, f.Reference)
		return e.element(b, dcm.FailureReason, "US", binary.LittleEndian.AppendUint16(nil, f.Reason))
	})
	return sequence(e, b, dcm.ReferencedSOPSequence, r.Committed, e.reference)
}

// encoder writes elements (PS3.5 §7.1).
type encoder struct{ implicit bool }

func (e encoder) reference(b []byte, ref run.Reference) []byte {
	b = e.uid(b, dcm.ReferencedSOPClassUID, ref.SOPClassUID)
	return e.uid(b, dcm.ReferencedSOPInstanceUID, ref.SOPInstanceUID)
}

func (e encoder) uid(b []byte, t dcm.Tag, uid dcm.UID) []byte {
	value := []byte(uid)
	if len(value)%2 != 0 {
		value = append(value, 0)
	}
	return e.element(b, t, "UI", value)
}

// element writes an element of a short value.
func (e encoder) element(b []byte, t dcm.Tag, vr string, value []byte) []byte {
	b = tag(b, t)
	if e.implicit {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(value)))
	} else {
		b = binary.LittleEndian.AppendUint16(append(b, vr...), uint16(len(value)))
	}
	return append(b, value...)
}

// sequence writes a sequence, if it has items, all of explicit length.
func sequence[T any](e encoder, b []byte, t dcm.Tag, items []T, one func([]byte, T) []byte) []byte {
	if len(items) == 0 {
		return b
	}
	b = tag(b, t)
	if !e.implicit {
		b = append(b, "SQ\x00\x00"...)
	}
	return measured(b, func(b []byte) []byte {
		for _, item := range items {
			b = measured(tag(b, 0xFFFEE000), func(b []byte) []byte { return one(b, item) })
		}
		return b
	})
}

// measured writes a value of four bytes of length and what follows them.
func measured(b []byte, value func([]byte) []byte) []byte {
	b = append(b, 0, 0, 0, 0)
	start := len(b)
	b = value(b)
	binary.LittleEndian.PutUint32(b[start-4:], uint32(len(b)-start))
	return b
}

func tag(b []byte, t dcm.Tag) []byte {
	return binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, t.Group()), t.Element())
}
