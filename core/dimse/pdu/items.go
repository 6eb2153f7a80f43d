package pdu

import (
	"encoding/binary"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// Item and sub-item types of A-ASSOCIATE-RQ and -AC (PS3.8 §9.3.2 and §9.3.3,
// PS3.7 §D.3.3).
const (
	itemApplicationContext    = 0x10
	itemContextRQ             = 0x20
	itemContextAC             = 0x21
	itemAbstractSyntax        = 0x30
	itemTransferSyntax        = 0x40
	itemUserInformation       = 0x50
	itemMaxLength             = 0x51
	itemImplementationClass   = 0x52
	itemAsyncWindow           = 0x53
	itemRoles                 = 0x54
	itemImplementationVersion = 0x55
)

const itemHeaderLength = 4

// items calls visit for each item of b in order. An item that passes the end of
// b is an error.
func items(t Type, b []byte, visit func(kind byte, value []byte) error) error {
	for len(b) > 0 {
		if len(b) < itemHeaderLength {
			return malformed(t, "%d bytes left are no item header", len(b))
		}
		kind, length := b[0], int(binary.BigEndian.Uint16(b[2:]))
		if length > len(b)-itemHeaderLength {
			return malformed(t, "item %02X of %d bytes passes the end of what encloses it", kind, length)
		}
		end := itemHeaderLength + length
		if err := visit(kind, b[itemHeaderLength:end]); err != nil {
			return err
		}
		b = b[end:]
	}
	return nil
}

// appendItem appends an item whose value is appended by value, and sets its length.
func appendItem(b []byte, kind byte, value func([]byte) []byte) []byte {
	b = append(b, kind, 0, 0, 0)
	start := len(b)
	b = value(b)
	binary.BigEndian.PutUint16(b[start-2:], uint16(len(b)-start))
	return b
}

func appendText(b []byte, kind byte, text string) []byte {
	return appendItem(b, kind, func(b []byte) []byte { return append(b, text...) })
}

func uidOf(value []byte) dcm.UID { return dcm.TrimUID(string(value)) }
