package dcm

import (
	"bufio"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
)

// Convertible reports whether [Convert] can turn a data set of one transfer
// syntax into the other: the pixel data is not compressed, and the other one is
// implicit or explicit little endian.
func Convertible(from, to UID) bool {
	switch from {
	case ImplicitVRLittleEndian, ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, gePrivateImplicit:
		return to == ImplicitVRLittleEndian || to == ExplicitVRLittleEndian
	}
	return false
}

// Convert copies a data set from r to w and changes its encoding to implicit or
// explicit little endian (PS3.5 §A.1, §A.2), from the other one of these, from
// big endian (§A.3) or from a deflated one (§A.5). It streams: values, the pixel
// data among them, pass through with no change but that of their byte order.
//
// Sequences and items come out with undefined length, and group lengths
// (gggg,0000), which would be wrong, are left out. What implicit encoding does
// not tell becomes explicit by the standard's dictionary: private elements and
// those it does not know are UN, unless they are sequences by their delimiter;
// data of either bytes or words is OW. A value too long for its
// representation's length becomes UN, as PS3.5 §6.2.2 says. Values of odd
// length get the padding they should have had. The bytes of UN stay in their order,
// from big endian too, where they are not values of any (PS3.5 §6.2.2). Stray bytes
// after the last element are left out.
//
// An error may leave a part of the data set in w.
func Convert(w io.Writer, r io.Reader, from, to UID) error {
	if !Convertible(from, to) {
		return fmt.Errorf("convert data set from transfer syntax %s to %s: only uncompressed ones are converted, and to little endian", from, to)
	}
	if from == DeflatedExplicitVRLittleEndian {
		inflated := flate.NewReader(r)
		defer inflated.Close()
		r = inflated
	}
	c := converter{
		r:    bufio.NewReaderSize(r, 32<<10),
		w:    bufio.NewWriterSize(w, 32<<10),
		dict: loadDictionary(),
		from: layout{implicit: from == ImplicitVRLittleEndian || from == gePrivateImplicit, big: from == ExplicitVRBigEndian},
		to:   layout{implicit: to == ImplicitVRLittleEndian},
		ge:   from == gePrivateImplicit,
	}
	if first, err := c.r.Peek(8); err == nil {
		c.from = c.from.corrected(first)
	}
	if err := c.elements(span{bound: -1}); err != nil {
		return fmt.Errorf("convert data set at byte %d: %w", c.at, err)
	}
	if err := c.w.Flush(); err != nil {
		return fmt.Errorf("convert data set at byte %d: %w", c.at, err)
	}
	return nil
}

// converter copies a data set. Its depth of recursion is bounded by maxDepth.
type converter struct {
	r        *bufio.Reader
	w        *bufio.Writer
	dict     *dictionary
	from, to layout
	at       int64 // bytes read
	signed   bool  // pixel representation
	ge       bool  // little endian, and the pixel data is big endian
}

// span is a data set, a sequence or an item, while its inside is copied.
type span struct {
	bound     int64 // position where it ends at the latest; -1 = nowhere known
	delimited bool
	depth     int
}

// ended reports whether nothing more belongs to what has the bound.
func (c *converter) ended(s span) bool { return s.bound >= 0 && c.at >= s.bound }

// tooShort returns an error if what has the bound ends within the next header.
func (c *converter) tooShort(s span) error {
	if s.bound >= 0 && s.bound-c.at < shortestElement {
		return fmt.Errorf("%w: %d bytes are left of a sequence or an item, which is no element", ErrMalformed, s.bound-c.at)
	}
	return nil
}

// inside returns the span of a value that begins here.
func (c *converter) inside(outer span, length uint32) (span, error) {
	in := span{bound: outer.bound, delimited: length == undefined, depth: outer.depth + 1}
	if in.depth > 2*maxDepth {
		return span{}, fmt.Errorf("%w: sequences are more than %d deep", ErrMalformed, maxDepth)
	}
	if !in.delimited {
		if in.bound = c.at + int64(length); outer.bound >= 0 && in.bound > outer.bound {
			return span{}, fmt.Errorf("%w: a value goes beyond the end of what holds it", ErrMalformed)
		}
	}
	return in, nil
}

// peek returns the next n bytes without passing them.
func (c *converter) peek(n int) ([]byte, error) {
	b, err := c.r.Peek(n)
	if err == io.EOF && len(b) > 0 {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

// pass discards n bytes that were peeked at.
func (c *converter) pass(n int) {
	_, _ = c.r.Discard(n)
	c.at += int64(n)
}

// elements copies the elements of a data set or an item.
func (c *converter) elements(s span) error {
	var before passed
	for !c.ended(s) {
		if err := c.tooShort(s); err != nil {
			return err
		}
		b, err := c.peek(shortestElement)
		if s.depth == 0 && (err == io.EOF || err == io.ErrUnexpectedEOF && before.stray(b, c.from)) {
			return nil
		}
		if err != nil {
			return noEOF(err)
		}
		t := c.from.tag(b)
		before.add(t)
		if s.depth == 0 && t.Group() == 0xFFFF { // no element has it: stray bytes
			return nil
		}
		if t>>16 == 0xFFFE {
			if t == item {
				return fmt.Errorf("%w: an item stands outside of a sequence", ErrMalformed)
			}
			if t == sequenceDelimitation && s.delimited {
				return nil // the item's own delimiter is missing; the sequence takes this one
			}
			c.pass(8)
			if t == itemDelimitation && s.delimited {
				return nil
			}
			continue
		}
		if err := c.element(t, b, s); err != nil {
			return err
		}
	}
	return nil
}

// element copies one element, whose first eight bytes are b.
func (c *converter) element(t Tag, b []byte, s span) error {
	v, length, size := c.from.lengths(c.dict, t, b)
	if size > len(b) {
		b, err := c.peek(size)
		if err != nil {
			return noEOF(err)
		}
		v, length, size = c.from.lengths(c.dict, t, b)
	}
	c.pass(size)
	switch {
	case v == vrSQ, length == undefined && (c.from.implicit || v == vrUN):
		return c.sequence(t, v, length, s)
	case length == undefined:
		return fmt.Errorf("%w: %v of representation %v has an undefined length", ErrMalformed, t, v)
	case s.bound >= 0 && c.at+int64(length) > s.bound:
		return fmt.Errorf("%w: %v goes beyond the end of its item", ErrMalformed, t)
	case t.Element() == 0:
		return c.copy(io.Discard, length)
	case length > 0 && c.to.implicit && c.dict.representation(t) == vrSQ: // as which every reader takes it there
		if v != vrUN {
			return fmt.Errorf("%w: %v of representation %v is a sequence in implicit encoding", ErrMalformed, t, v)
		}
		return c.sequence(t, v, length, s) // PS3.5 §6.2.2 note 2
	}
	if t == PixelRepresentation && s.depth == 0 && length == 2 {
		value, err := c.peek(2)
		if err != nil {
			return noEOF(err)
		}
		c.signed = value[0]|value[1] == 1
	}
	word := 1
	switch {
	case c.from.big:
		word = v.word()
	case c.ge && t == PixelData:
		word = vrOW.word()
	}
	v = c.choose(t, v, length)
	if err := c.head(t, v, length+length&1); err != nil {
		return err
	}
	if err := c.turned(length, word); err != nil || length&1 == 0 {
		return err
	}
	return c.w.WriteByte(v.padding())
}

// choose returns the representation to write, where the dictionary leaves a
// choice or the length allows none.
func (c *converter) choose(t Tag, v vr, length uint32) vr {
	if e, ok := c.dict.find(t); ok && c.from.implicit && e.other != vrNone {
		switch {
		case e.vr == vrOB && e.other == vrOW, e.vr == vrUS && e.other == vrOW:
			v = vrOW
		case e.vr == vrUS && e.other == vrSS && c.signed:
			v = vrSS
		}
	}
	if !v.long() && length > 0xFFFE {
		return vrUN
	}
	return v
}

// sequence copies a sequence and its items. What stands as UN is one in implicit
// encoding (CP-246).
func (c *converter) sequence(t Tag, v vr, length uint32, outer span) error {
	if v == vrUN && !c.from.implicit {
		defer func(l layout) { c.from = l }(c.from)
		c.from = layout{implicit: true}
	}
	s, err := c.inside(outer, length)
	if err != nil {
		return err
	}
	if err := c.head(t, vrSQ, undefined); err != nil {
		return err
	}
	for !c.ended(s) {
		if err := c.tooShort(s); err != nil {
			return err
		}
		b, err := c.peek(8)
		if err != nil {
			return noEOF(err)
		}
		found, length := c.from.tag(b), c.from.uint32(b[4:])
		if found == itemDelimitation || found == sequenceDelimitation {
			c.pass(8)
			if found == sequenceDelimitation && s.delimited {
				break
			}
			continue
		}
		if found != item {
			return fmt.Errorf("%w: %v where an item of a sequence should stand", ErrMalformed, found)
		}
		c.pass(8)
		if err := c.item(length, s); err != nil {
			return err
		}
	}
	return c.head(sequenceDelimitation, vrNone, 0)
}

// item copies the inside of an item.
func (c *converter) item(length uint32, outer span) error {
	s, err := c.inside(outer, length)
	if err != nil {
		return err
	}
	if err := c.head(item, vrNone, undefined); err != nil {
		return err
	}
	if err := c.elements(s); err != nil {
		return err
	}
	return c.head(itemDelimitation, vrNone, 0)
}

// head writes an element's tag, representation and length.
func (c *converter) head(t Tag, v vr, length uint32) error {
	var space [12]byte
	b := appendTag(space[:0], t)
	switch {
	case c.to.implicit || v == vrNone:
		b = binary.LittleEndian.AppendUint32(b, length)
	case v.long():
		b = append(b, byte(v>>8), byte(v), 0, 0)
		b = binary.LittleEndian.AppendUint32(b, length)
	default:
		b = append(b, byte(v>>8), byte(v))
		b = binary.LittleEndian.AppendUint16(b, uint16(length))
	}
	_, err := c.w.Write(b)
	return err
}

// copy passes a value on to w.
func (c *converter) copy(w io.Writer, length uint32) error {
	if b, err := c.r.Peek(int(min(length, 1<<10))); err == nil && len(b) == int(length) {
		_, err = w.Write(b)
		c.pass(len(b))
		return err
	}
	n, err := io.CopyN(w, c.r, int64(length))
	c.at += n
	return noEOF(err)
}
