package pdu

import (
	"encoding/binary"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// UserInformation is the user information item of an A-ASSOCIATE (PS3.8
// §9.3.2.3, PS3.7 §D.3.3). Extended negotiation and user identity are skipped:
// without an answer to them the defaults of the standard are in force.
type UserInformation struct {
	MaxLength             uint32 // the longest P-DATA-TF body that its sender takes; 0 = any length
	ImplementationClass   dcm.UID
	ImplementationVersion string       // up to 16 characters; "" = not sent
	AsyncWindow           *AsyncWindow // nil = not negotiated: one operation at a time
	Roles                 []Roles      // none for a SOP class: the requestor is its user
}

// Roles is the role selection for one SOP class (PS3.7 §D.3.3.4): what the
// requestor of an association proposes to be, or may be.
type Roles struct {
	SOPClass dcm.UID
	User     bool // it invokes operations
	Provider bool // it performs them, and reports events
}

// AsyncWindow is the asynchronous operations window (PS3.7 §D.3.3.3). 0 = no limit.
type AsyncWindow struct {
	Invoked   uint16 // operations that the association's requestor may have open
	Performed uint16 // operations that the association's acceptor may have open
}

func (u *UserInformation) append(b []byte) []byte {
	return appendItem(b, itemUserInformation, func(b []byte) []byte {
		b = binary.BigEndian.AppendUint32(append(b, itemMaxLength, 0, 0, 4), u.MaxLength)
		b = appendText(b, itemImplementationClass, string(u.ImplementationClass))
		if w := u.AsyncWindow; w != nil {
			b = append(b, itemAsyncWindow, 0, 0, 4)
			b = binary.BigEndian.AppendUint16(b, w.Invoked)
			b = binary.BigEndian.AppendUint16(b, w.Performed)
		}
		for _, r := range u.Roles {
			b = appendItem(b, itemRoles, func(b []byte) []byte {
				b = binary.BigEndian.AppendUint16(b, uint16(len(r.SOPClass)))
				return append(append(b, r.SOPClass...), flag(r.User), flag(r.Provider))
			})
		}
		if u.ImplementationVersion != "" {
			b = appendText(b, itemImplementationVersion, u.ImplementationVersion)
		}
		return b
	})
}

func (u *UserInformation) decode(t Type, value []byte) error {
	return items(t, value, func(kind byte, value []byte) error {
		switch kind {
		case itemMaxLength:
			if len(value) != 4 {
				return malformed(t, "maximum length sub-item has %d bytes, not 4", len(value))
			}
			u.MaxLength = binary.BigEndian.Uint32(value)
		case itemImplementationClass:
			u.ImplementationClass = uidOf(value)
		case itemAsyncWindow:
			if len(value) != 4 {
				return malformed(t, "asynchronous operations window sub-item has %d bytes, not 4", len(value))
			}
			u.AsyncWindow = &AsyncWindow{binary.BigEndian.Uint16(value), binary.BigEndian.Uint16(value[2:])}
		case itemRoles:
			if len(value) < 4 || len(value) != 4+int(binary.BigEndian.Uint16(value)) {
				return nil // the default roles are in force
			}
			uid, roles := value[2:len(value)-2], value[len(value)-2:]
			u.Roles = append(u.Roles, Roles{uidOf(uid), roles[0] == 1, roles[1] == 1})
		case itemImplementationVersion:
			u.ImplementationVersion = strings.Trim(string(value), " \x00")
		}
		return nil
	})
}

func flag(set bool) byte {
	if set {
		return 1
	}
	return 0
}
