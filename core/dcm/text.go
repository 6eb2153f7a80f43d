package dcm

import (
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf8"
)

// longestBulkText is how many bytes of data (OB, OW, UN and the like) still
// have a text.
const longestBulkText = 64

// text returns the text of the element in row i, decoded by a value of (0008,0005).
func (h *Header) text(i int, charset []byte) (string, bool) {
	e := h.elements[i]
	if e.flags&flagKept == 0 || e.vr == vrSQ || e.vr == vrNone {
		return "", false
	}
	value, v := h.value(i), e.vr
	if v == vrUN {
		// An element of the standard may have lost its representation on the
		// way; its bytes are little endian then.
		v = loadDictionary().representation(e.tag)
	}
	if v == vrSQ || v.bulk() && len(value) > longestBulkText {
		return "", false
	}
	if e.tag != PixelRepresentation && v == vrUS && h.signed() {
		if entry, ok := loadDictionary().find(e.tag); ok && entry.other == vrSS {
			v = vrSS
		}
	}
	switch v {
	case vrUN, vrOB:
		if trimmed := trimPadding(value); printable(trimmed, charset) {
			return decodeText(trimmed, charset, false), true
		}
		return numbers(value, vrOB, false), true
	case vrPN, vrLO, vrLT, vrSH, vrST, vrUC, vrUT:
		return decodeText(trimPadding(value), charset, v == vrPN), true
	}
	if v.binary() {
		return numbers(value, v, e.flags&flagBig != 0 && e.vr != vrUN), true
	}
	return decodeText(trimPadding(value), nil, false), true
}

// signed reports whether the pixels, and the elements that describe them, are
// signed (PS3.3 §C.7.6.3.1).
func (h *Header) signed() bool {
	i, ok := h.find(PixelRepresentation, h.meta, len(h.elements))
	if !ok {
		return false
	}
	value := h.value(i)
	return len(value) == 2 && value[0]|value[1] == 1
}

// trimPadding removes trailing spaces and NULs (PS3.5 §6.2).
func trimPadding(value []byte) []byte {
	for len(value) > 0 && (value[len(value)-1] == ' ' || value[len(value)-1] == 0) {
		value = value[:len(value)-1]
	}
	return value
}

// printable reports whether bytes of unknown meaning are text.
func printable(value, charset []byte) bool {
	for _, c := range value {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != 0x1b || c == 0x7f {
			return false
		}
	}
	return len(charset) > 0 || utf8.Valid(value)
}

// numbers writes binary values in decimal, and tags as tags, joined by a
// backslash. Bytes left over are ignored.
func numbers(value []byte, v vr, big bool) string {
	var order binary.ByteOrder = binary.LittleEndian
	if big {
		order = binary.BigEndian
	}
	size := v.word()
	if v == vrAT {
		size = 4
	}
	text := make([]byte, 0, len(value)/size*4)
	for ; len(value) >= size; value = value[size:] {
		if len(text) > 0 {
			text = append(text, '\\')
		}
		text = appendNumber(text, value, v, order)
	}
	return string(text)
}

func appendNumber(text, value []byte, v vr, order binary.ByteOrder) []byte {
	switch v {
	case vrAT:
		return append(text, MakeTag(order.Uint16(value), order.Uint16(value[2:])).String()...)
	case vrUS, vrOW:
		return strconv.AppendUint(text, uint64(order.Uint16(value)), 10)
	case vrSS:
		return strconv.AppendInt(text, int64(int16(order.Uint16(value))), 10)
	case vrUL, vrOL:
		return strconv.AppendUint(text, uint64(order.Uint32(value)), 10)
	case vrSL:
		return strconv.AppendInt(text, int64(int32(order.Uint32(value))), 10)
	case vrUV, vrOV:
		return strconv.AppendUint(text, order.Uint64(value), 10)
	case vrSV:
		return strconv.AppendInt(text, int64(order.Uint64(value)), 10)
	case vrFL, vrOF:
		return strconv.AppendFloat(text, float64(math.Float32frombits(order.Uint32(value))), 'f', -1, 32)
	case vrFD, vrOD:
		return strconv.AppendFloat(text, math.Float64frombits(order.Uint64(value)), 'f', -1, 64)
	}
	return strconv.AppendUint(text, uint64(value[0]), 10)
}
