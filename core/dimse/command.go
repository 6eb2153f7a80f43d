package dimse

import (
	"encoding/binary"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// Command fields (PS3.7 §E.1). A response has its request's field with the
// highest bit set.
const (
	cStoreRQ    uint16 = 0x0001
	cEchoRQ     uint16 = 0x0030
	cCancelRQ   uint16 = 0x0FFF
	nEventRQ    uint16 = 0x0100 // N-EVENT-REPORT
	nActionRQ   uint16 = 0x0130
	responseBit uint16 = 0x8000
)

// Values of Command Data Set Type: without a data set, and any other value for
// with one.
const (
	noDataSet   uint16 = 0x0101
	withDataSet uint16 = 0x0000
)

// Elements of group 0000 (PS3.7 §E.1).
const (
	elemGroupLength       = 0x0000
	elemAffectedSOPClass  = 0x0002
	elemRequestedSOPClass = 0x0003
	elemField             = 0x0100
	elemMessageID         = 0x0110
	elemRespondedTo       = 0x0120
	elemPriority          = 0x0700
	elemDataSetType       = 0x0800
	elemStatus            = 0x0900
	elemErrorComment      = 0x0902
	elemAffectedInstance  = 0x1000
	elemRequestedInstance = 0x1001
	elemEventType         = 0x1002
	elemActionType        = 0x1008
)

// commandSet is what this program needs of a command set. A pointer is nil
// where the element is absent.
type commandSet struct {
	field       uint16
	messageID   *uint16 // of a request
	respondedTo *uint16 // of a response
	priority    *uint16
	dataSetType uint16
	status      *uint16
	sopClass    dcm.UID // affected, or else requested
	sopInstance dcm.UID // affected, or else requested
	comment     string  // error comment
	eventType   *uint16
	actionType  *uint16
}

func (c *commandSet) hasDataSet() bool { return c.dataSetType != noDataSet }

// work reports whether a request is what associations are for. A C-ECHO is not:
// it would keep the place of a peer that sends nothing.
func (c *commandSet) work() bool { return c.field == cStoreRQ }

const elementHeaderLength = 8

// parseCommand reads a command set, which is always in Implicit VR Little
// Endian (PS3.7 §6.3.1).
func parseCommand(b []byte) (commandSet, error) {
	c := commandSet{dataSetType: noDataSet}
	hasField := false
	for len(b) > 0 {
		if len(b) < elementHeaderLength {
			return c, invalid("%d bytes left in a command set are no element", len(b))
		}
		group, elem := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:])
		length := binary.LittleEndian.Uint32(b[4:])
		b = b[elementHeaderLength:]
		if uint64(length) > uint64(len(b)) {
			return c, invalid("command element (%04X,%04X) passes the end of its command set", group, elem)
		}
		if group == 0 {
			if err := c.set(elem, b[:length]); err != nil {
				return c, err
			}
			hasField = hasField || elem == elemField
		}
		b = b[length:]
	}
	if !hasField {
		return c, invalid("command set has no command field")
	}
	return c, nil
}

func (c *commandSet) set(elem uint16, value []byte) error {
	switch elem {
	case elemAffectedSOPClass:
		c.sopClass = dcm.TrimUID(string(value))
	case elemRequestedSOPClass:
		if c.sopClass == "" {
			c.sopClass = dcm.TrimUID(string(value))
		}
	case elemAffectedInstance:
		c.sopInstance = dcm.TrimUID(string(value))
	case elemRequestedInstance:
		if c.sopInstance == "" {
			c.sopInstance = dcm.TrimUID(string(value))
		}
	case elemErrorComment:
		c.comment = string(value)
	case elemField, elemMessageID, elemRespondedTo, elemPriority, elemDataSetType, elemStatus, elemEventType, elemActionType:
		if len(value) != 2 {
			return invalid("command element (0000,%04X) has %d bytes, not 2", elem, len(value))
		}
		c.setNumber(elem, binary.LittleEndian.Uint16(value))
	}
	return nil
}

func (c *commandSet) setNumber(elem, n uint16) {
	switch elem {
	case elemField:
		c.field = n
	case elemMessageID:
		c.messageID = new(n)
	case elemRespondedTo:
		c.respondedTo = new(n)
	case elemPriority:
		c.priority = new(n)
	case elemDataSetType:
		c.dataSetType = n
	case elemStatus:
		c.status = new(n)
	case elemEventType:
		c.eventType = new(n)
	case elemActionType:
		c.actionType = new(n)
	}
}

// append appends the encoded command set, elements in ascending order after
// their group length.
func (c *commandSet) append(b []byte) []byte {
	start := len(b)
	b = appendElement(b, elemGroupLength, []byte{0, 0, 0, 0})
	number := func(elem uint16, n *uint16) {
		if n != nil {
			b = appendElement(b, elem, binary.LittleEndian.AppendUint16(nil, *n))
		}
	}
	text := func(elem uint16, value string, padding byte) {
		if value == "" {
			return
		}
		b = append(appendHeader(b, elem, len(value)+len(value)%2), value...)
		if len(value)%2 != 0 {
			b = append(b, padding)
		}
	}
	class, instance := uint16(elemAffectedSOPClass), uint16(elemAffectedInstance)
	if c.field == nActionRQ {
		class, instance = elemRequestedSOPClass, elemRequestedInstance
	}
	text(class, string(c.sopClass), 0)
	number(elemField, &c.field)
	number(elemMessageID, c.messageID)
	number(elemRespondedTo, c.respondedTo)
	number(elemPriority, c.priority)
	number(elemDataSetType, &c.dataSetType)
	number(elemStatus, c.status)
	text(elemErrorComment, c.comment, ' ')
	text(instance, string(c.sopInstance), 0)
	number(elemEventType, c.eventType)
	number(elemActionType, c.actionType)
	const first = elementHeaderLength + 4
	binary.LittleEndian.PutUint32(b[start+elementHeaderLength:], uint32(len(b)-start-first))
	return b
}

// maxComment is the length of an Error Comment, which is of representation LO
// (PS3.7 §E.1).
const maxComment = 64

// errorComment makes a text one that an Error Comment may be: printable ASCII
// without the backslash, which would separate values.
func errorComment(text string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r == '\\':
			return '/'
		case r < 0x20 || r > 0x7e:
			return '?'
		}
		return r
	}, text)
	return clean[:min(len(clean), maxComment)]
}

func appendElement(b []byte, elem uint16, value []byte) []byte {
	return append(appendHeader(b, elem, len(value)), value...)
}

// appendHeader appends what stands before a value of some length.
func appendHeader(b []byte, elem uint16, length int) []byte {
	b = binary.LittleEndian.AppendUint16(append(b, 0, 0), elem)
	return binary.LittleEndian.AppendUint32(b, uint32(length))
}
