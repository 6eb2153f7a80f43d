package pdu

import (
	"encoding/binary"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// associateFixed is the length of what A-ASSOCIATE-RQ and -AC have before their
// items: version, AE titles, reserved bytes.
const associateFixed = 68

// ProtocolVersion1 is the bit of the one version of the upper layer protocol
// that exists.
const ProtocolVersion1 uint16 = 1

// AssociateRQ asks for an association (PS3.8 §9.3.2).
type AssociateRQ struct {
	ProtocolVersion    uint16 // a bit for each version
	CalledAE           dcm.AETitle
	CallingAE          dcm.AETitle
	ApplicationContext dcm.UID
	Contexts           []ContextRQ
	User               UserInformation
}

// ContextRQ is one proposed presentation context (PS3.8 §9.3.2.2).
type ContextRQ struct {
	ID               byte // odd
	AbstractSyntax   dcm.UID
	TransferSyntaxes []dcm.UID
}

// Type returns TypeAssociateRQ.
func (*AssociateRQ) Type() Type { return TypeAssociateRQ }

// Append appends the encoded PDU.
func (p *AssociateRQ) Append(b []byte) []byte {
	return appendAssociate(b, TypeAssociateRQ, p.ProtocolVersion, p.CalledAE, p.CallingAE, func(b []byte) []byte {
		b = appendText(b, itemApplicationContext, string(p.ApplicationContext))
		for _, c := range p.Contexts {
			b = appendItem(b, itemContextRQ, func(b []byte) []byte {
				b = append(b, c.ID, 0, 0, 0)
				b = appendText(b, itemAbstractSyntax, string(c.AbstractSyntax))
				for _, ts := range c.TransferSyntaxes {
					b = appendText(b, itemTransferSyntax, string(ts))
				}
				return b
			})
		}
		return p.User.append(b)
	})
}

func decodeAssociateRQ(body []byte) (*AssociateRQ, error) {
	p := &AssociateRQ{}
	rest, err := decodeAssociate(TypeAssociateRQ, body, &p.ProtocolVersion, &p.CalledAE, &p.CallingAE)
	if err != nil {
		return nil, err
	}
	return p, items(TypeAssociateRQ, rest, func(kind byte, value []byte) error {
		switch kind {
		case itemApplicationContext:
			p.ApplicationContext = uidOf(value)
		case itemContextRQ:
			c, err := decodeContextRQ(value)
			p.Contexts = append(p.Contexts, c)
			return err
		case itemUserInformation:
			return p.User.decode(TypeAssociateRQ, value)
		}
		return nil
	})
}

func decodeContextRQ(value []byte) (c ContextRQ, err error) {
	if len(value) < 4 {
		return c, malformed(TypeAssociateRQ, "presentation context item has %d bytes", len(value))
	}
	if c.ID = value[0]; c.ID%2 == 0 {
		return c, malformed(TypeAssociateRQ, "presentation context id %d is not odd", c.ID)
	}
	return c, items(TypeAssociateRQ, value[4:], func(kind byte, value []byte) error {
		switch kind {
		case itemAbstractSyntax:
			c.AbstractSyntax = uidOf(value)
		case itemTransferSyntax:
			c.TransferSyntaxes = append(c.TransferSyntaxes, uidOf(value))
		}
		return nil
	})
}

// AssociateAC agrees to an association (PS3.8 §9.3.3).
type AssociateAC struct {
	ProtocolVersion    uint16
	CalledAE           dcm.AETitle // as it stood in the request; not to be tested
	CallingAE          dcm.AETitle // as it stood in the request; not to be tested
	ApplicationContext dcm.UID
	Contexts           []ContextAC
	User               UserInformation
}

// ContextResult is the answer to one proposed presentation context (PS3.8
// §9.3.3.2).
type ContextResult byte

// Results of the negotiation of one presentation context.
const (
	ContextAccepted             ContextResult = 0
	ContextRefusedByUser        ContextResult = 1
	ContextRefusedNoReason      ContextResult = 2
	AbstractSyntaxUnsupported   ContextResult = 3
	TransferSyntaxesUnsupported ContextResult = 4
)

// ContextAC is the answer to one proposed presentation context (PS3.8 §9.3.3.2).
type ContextAC struct {
	ID             byte
	Result         ContextResult
	TransferSyntax dcm.UID // means nothing unless the context is accepted
}

// Type returns TypeAssociateAC.
func (*AssociateAC) Type() Type { return TypeAssociateAC }

// Append appends the encoded PDU.
func (p *AssociateAC) Append(b []byte) []byte {
	return appendAssociate(b, TypeAssociateAC, p.ProtocolVersion, p.CalledAE, p.CallingAE, func(b []byte) []byte {
		b = appendText(b, itemApplicationContext, string(p.ApplicationContext))
		for _, c := range p.Contexts {
			b = appendItem(b, itemContextAC, func(b []byte) []byte {
				b = append(b, c.ID, 0, byte(c.Result), 0)
				return appendText(b, itemTransferSyntax, string(c.TransferSyntax))
			})
		}
		return p.User.append(b)
	})
}

func decodeAssociateAC(body []byte) (*AssociateAC, error) {
	p := &AssociateAC{}
	rest, err := decodeAssociate(TypeAssociateAC, body, &p.ProtocolVersion, &p.CalledAE, &p.CallingAE)
	if err != nil {
		return nil, err
	}
	return p, items(TypeAssociateAC, rest, func(kind byte, value []byte) error {
		switch kind {
		case itemApplicationContext:
			p.ApplicationContext = uidOf(value)
		case itemContextAC:
			c, err := decodeContextAC(value)
			p.Contexts = append(p.Contexts, c)
			return err
		case itemUserInformation:
			return p.User.decode(TypeAssociateAC, value)
		}
		return nil
	})
}

func decodeContextAC(value []byte) (c ContextAC, err error) {
	if len(value) < 4 {
		return c, malformed(TypeAssociateAC, "presentation context item has %d bytes", len(value))
	}
	c.ID, c.Result = value[0], ContextResult(value[2])
	return c, items(TypeAssociateAC, value[4:], func(kind byte, value []byte) error {
		if kind == itemTransferSyntax {
			c.TransferSyntax = uidOf(value)
		}
		return nil
	})
}

func appendAssociate(b []byte, t Type, version uint16, called, calling dcm.AETitle, items func([]byte) []byte) []byte {
	start := len(b)
	b = Header{Type: t}.Append(b)
	b = binary.BigEndian.AppendUint16(b, version)
	b = append(b, 0, 0)
	b = appendAETitle(b, called)
	b = appendAETitle(b, calling)
	b = append(b, make([]byte, 32)...)
	b = items(b)
	binary.BigEndian.PutUint32(b[start+2:], uint32(len(b)-start-HeaderLength))
	return b
}

func appendAETitle(b []byte, title dcm.AETitle) []byte {
	const padding = "                "
	return append(b, (title.Wire() + padding)[:dcm.MaxAETitleLength]...)
}

// decodeAssociate decodes what stands before the items and returns the items.
// An AE title ends at its first NUL.
func decodeAssociate(t Type, body []byte, version *uint16, called, calling *dcm.AETitle) ([]byte, error) {
	if len(body) < associateFixed {
		return nil, malformed(t, "length %d is shorter than the fixed fields", len(body))
	}
	title := func(b []byte) dcm.AETitle {
		text, _, _ := strings.Cut(string(b), "\x00")
		return dcm.ReadAETitle(text)
	}
	*version = binary.BigEndian.Uint16(body)
	*called, *calling = title(body[4:20]), title(body[20:36])
	return body[associateFixed:], nil
}
