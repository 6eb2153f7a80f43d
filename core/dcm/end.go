package dcm

import (
	"fmt"
	"io"
)

// CheckEnd looks at what the scan left out, the pixel data and all after it,
// and returns io.ErrUnexpectedEOF if the data set ends inside an element. r is
// what was scanned, size its length in bytes. It reads a few bytes of each
// element and fragment, and none of their values. What breaks the rules of
// encoding otherwise is not its business, nor is a deflated data set. Stray bytes
// after the last element are no fault: some writers pad.
func (h *Header) CheckEnd(r io.ReaderAt, size int64) error {
	if h.stopped == 0 {
		return nil
	}
	e := &ending{r: r, enc: h.encoding, size: size, pos: h.stopped, passed: h.passed}
	for e.pos < e.size && !e.lost {
		if err := e.element(); err != nil {
			return fmt.Errorf("check the end of a data set at byte %d: %w", e.pos, err)
		}
	}
	return nil
}

// Empty reports whether nothing of a data set was found: no element of a group that
// data sets have, but for lengths of groups. The scan has ended without a fault.
func (h *Header) Empty() bool {
	for i := h.meta; i < len(h.elements); i = int(h.elements[i].end) {
		if tag := h.elements[i].tag; tag.Group() > 2 && tag.Element() != 0 {
			return false
		}
	}
	return !h.reached
}

// shortestElement is the length of an element without a value.
const shortestElement = 8

// ending goes from element to element.
type ending struct {
	r      io.ReaderAt
	enc    layout
	size   int64
	pos    int64
	passed passed
	lost   bool     // what stands here makes no sense
	next   [12]byte // what peek returns: no more of an element is looked at
}

func (e *ending) element() error {
	b, err := e.peek(int(min(shortestElement, e.size-e.pos)))
	switch {
	case err != nil:
		return err
	case len(b) == shortestElement:
	case e.passed.stray(b, e.enc):
		e.lost = true
		return nil
	default:
		return io.ErrUnexpectedEOF
	}
	tag := e.enc.tag(b)
	e.passed.add(tag)
	if tag.Group() >= 0xFFFE || tag < MakeTag(PixelData.Group(), 0) {
		e.lost = true
		return nil
	}
	v, length, size := e.enc.lengths(loadDictionary(), tag, b)
	if size > len(b) {
		if b, err = e.peek(size); err != nil {
			return err
		}
		v, length, size = e.enc.lengths(loadDictionary(), tag, b)
	}
	e.pos += int64(size)
	if length != undefined {
		return e.skip(length)
	}
	if !v.bulk() {
		e.lost = true // a sequence, which nobody puts there
		return nil
	}
	return e.fragments()
}

// fragments passes over encapsulated data (PS3.5 §A.4).
func (e *ending) fragments() error {
	for {
		b, err := e.peek(8)
		if err != nil {
			return err
		}
		tag, length := e.enc.tag(b), e.enc.uint32(b[4:])
		e.pos += 8
		switch {
		case tag == sequenceDelimitation:
			return nil
		case tag != item || length == undefined:
			e.lost = true
			return nil
		}
		if err := e.skip(length); err != nil {
			return err
		}
	}
}

// peek returns the next n bytes, valid until the next call.
func (e *ending) peek(n int) ([]byte, error) {
	if e.pos+int64(n) > e.size {
		return nil, io.ErrUnexpectedEOF
	}
	b := e.next[:n]
	_, err := e.r.ReadAt(b, e.pos)
	if err == io.EOF {
		err = nil
	}
	return b, err
}

func (e *ending) skip(length uint32) error {
	e.pos += int64(length)
	if e.pos > e.size {
		return io.ErrUnexpectedEOF
	}
	return nil
}
