package dcm

import "encoding/binary"

// builder writes data sets for tests, right or wrong ones.
type builder struct {
	b   []byte
	enc layout
}

func newBuilder(enc layout) *builder { return &builder{enc: enc} }

func (b *builder) u16(v uint16) {
	if b.enc.big {
		b.b = binary.BigEndian.AppendUint16(b.b, v)
	} else {
		b.b = binary.LittleEndian.AppendUint16(b.b, v)
	}
}

func (b *builder) u32(v uint32) {
	if b.enc.big {
		b.b = binary.BigEndian.AppendUint32(b.b, v)
	} else {
		b.b = binary.LittleEndian.AppendUint32(b.b, v)
	}
}

// head writes tag, representation and length.
func (b *builder) head(t Tag, v vr, length uint32) *builder {
	b.u16(t.Group())
	b.u16(t.Element())
	switch {
	case b.enc.implicit || t>>16 == 0xFFFE:
		b.u32(length)
	case v.long() || !v.known():
		b.b = append(b.b, byte(v>>8), byte(v), 0, 0)
		b.u32(length)
	default:
		b.b = append(b.b, byte(v>>8), byte(v))
		b.u16(uint16(length))
	}
	return b
}

func (b *builder) bytes(t Tag, v vr, value []byte) *builder {
	b.head(t, v, uint32(len(value)))
	b.b = append(b.b, value...)
	return b
}

// text writes a text value, padded to even length.
func (b *builder) text(t Tag, v vr, value string) *builder {
	if len(value)%2 == 1 {
		value += map[bool]string{true: "\x00", false: " "}[v == vrUI]
	}
	return b.bytes(t, v, []byte(value))
}

// sequence writes a sequence of undefined length, one item a function.
func (b *builder) sequence(t Tag, items ...func()) *builder {
	b.head(t, vrSQ, undefined)
	for _, fill := range items {
		b.head(item, vrNone, undefined)
		fill()
		b.head(itemDelimitation, vrNone, 0)
	}
	b.head(sequenceDelimitation, vrNone, 0)
	return b
}

// measured writes a sequence of defined lengths, one item a function.
func (b *builder) measured(t Tag, items ...func()) *builder {
	outer := b.b
	b.b = nil
	for _, fill := range items {
		before := b.b
		b.b = nil
		fill()
		inside := b.b
		b.b = before
		b.bytes(item, vrNone, inside)
	}
	value := b.b
	b.b = outer
	return b.bytes(t, vrSQ, value)
}
