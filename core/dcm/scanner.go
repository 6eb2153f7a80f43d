package dcm

import (
	"encoding/binary"
	"fmt"
	"io"
)

// undefined is the length of a value that ends with a delimiter (PS3.5 §7.1.1).
const undefined = 0xFFFFFFFF

// scanner goes through a data set element by element with an explicit stack, so
// that nesting costs no recursion.
type scanner struct {
	window
	h    *Header
	dict *dictionary
	stop Tag // elements at the top from this tag on are not scanned
	// see Scanner
	longest uint32
	most    int
	enc     layout
	passed  passed // at the top
	stack   []frame
	few     [8]frame // where the stack begins, since few data sets nest deeper
}

// layout is how elements are written (PS3.5 §7.1, annex A).
type layout struct {
	implicit bool
	big      bool
}

// frame is a sequence or an item that the scanner is inside.
type frame struct {
	bound     int64  // position where it ends at the latest; -1 = nowhere known
	outer     layout // to go back to
	index     int32  // its row in the table
	item      bool
	delimited bool // ends with a delimiter
}

// elements scans until the stop tag or the end of the stream.
func (s *scanner) elements() error {
	for {
		for len(s.stack) > 0 && s.top().bound >= 0 && s.position() >= s.top().bound {
			s.pop()
		}
		if len(s.stack) == 0 && s.floor >= 0 {
			s.drop()
			s.floor = -1
		}
		done, err := s.next()
		if done || err != nil {
			return err
		}
	}
}

func (s *scanner) top() *frame { return &s.stack[len(s.stack)-1] }

// next scans one element, item or delimiter. It reports true at the stop tag
// and at the end of the data set.
func (s *scanner) next() (done bool, err error) {
	if err := s.fill(8); err != nil {
		if len(s.stack) == 0 && s.err == io.EOF && s.passed.stray(s.buf[s.pos:], s.enc) {
			return true, nil
		}
		return false, s.failed(err)
	}
	tag := s.enc.tag(s.buf[s.pos:])
	if len(s.stack) == 0 {
		s.passed.add(tag)
	}
	if tag>>16 == 0xFFFE {
		return false, s.delimiter(tag)
	}
	if len(s.stack) > 0 && !s.top().item {
		return false, s.malformed("%v where an item of a sequence should stand", tag)
	}
	if len(s.stack) == 0 && tag >= s.stop {
		s.h.reached = tag.Group() != 0xFFFF
		s.h.stopped, s.h.encoding, s.h.passed = s.position(), s.enc, s.passed
		return true, nil
	}
	representation, length, size, err := s.lengths(tag)
	if err != nil {
		return false, err
	}
	s.pos += size
	return false, s.element(tag, representation, length)
}

// tag reads a tag.
func (l layout) tag(b []byte) Tag {
	if l.big {
		return Tag(binary.BigEndian.Uint32(b))
	}
	return Tag(binary.LittleEndian.Uint16(b))<<16 | Tag(binary.LittleEndian.Uint16(b[2:]))
}

func (l layout) uint16(b []byte) uint16 {
	if l.big {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (l layout) uint32(b []byte) uint32 {
	if l.big {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

// lengths reads what stands between an element's tag and its value. Eight bytes
// are known to be ahead. It returns the size of tag, representation and length
// together.
func (s *scanner) lengths(t Tag) (v vr, length uint32, size int, err error) {
	v, length, size = s.enc.lengths(s.dict, t, s.buf[s.pos:])
	if size <= s.ahead() {
		return v, length, size, nil
	}
	if err := s.fill(size); err != nil {
		return 0, 0, 0, s.failed(err)
	}
	v, length, size = s.enc.lengths(s.dict, t, s.buf[s.pos:])
	return v, length, size, nil
}

// lengths reads representation and length of an element from its first eight
// bytes or more. If the size it returns is more than there are, the length is
// not known yet.
func (l layout) lengths(dict *dictionary, t Tag, b []byte) (v vr, length uint32, size int) {
	if l.implicit {
		return dict.representation(t), l.uint32(b[4:]), 8
	}
	v = vr(b[4])<<8 | vr(b[5])
	short := uint32(l.uint16(b[6:]))
	switch {
	case v.known() && !v.long():
		return v, short, 8
	case !v.known() && (!v.letters() || short != 0):
		// not a representation: what writers of such data sets meant is a short
		// value
		return vrUN, short, 8
	case !v.known():
		v = vrUN // one of the future: PS3.5 §7.1.2 gives it a long length
	}
	if len(b) >= 12 {
		length = l.uint32(b[8:])
	}
	return v, length, 12
}

// letters reports whether the representation is two capital letters.
func (v vr) letters() bool {
	hi, lo := byte(v>>8), byte(v)
	return hi >= 'A' && hi <= 'Z' && lo >= 'A' && lo <= 'Z'
}

// element takes in the value of an element, or enters it if it is a sequence.
func (s *scanner) element(t Tag, v vr, length uint32) error {
	if length == undefined {
		switch {
		case v == vrSQ:
			return s.push(t, v, length, s.enc, false)
		case v == vrUN:
			// PS3.5 §6.2.2 note 4 (CP-246)
			return s.push(t, v, length, layout{implicit: true}, false)
		case v.bulk():
			return s.fragments(t, v)
		case s.enc.implicit:
			return s.push(t, v, length, s.enc, false)
		}
		return s.malformed("%v of representation %v has an undefined length", t, v)
	}
	if v == vrSQ {
		return s.push(t, v, length, s.enc, false)
	}
	if len(s.stack) > 0 && s.top().bound >= 0 && s.position()+int64(length) > s.top().bound {
		return s.malformed("%v goes beyond the end of its item", t)
	}
	if length > s.longest {
		s.record(element{tag: t, vr: v, length: length})
		if err := s.skip(int64(length)); err != nil {
			return s.failed(noEOF(err))
		}
		return s.check()
	}
	if err := s.fill(int(length)); err != nil {
		return s.failed(noEOF(err))
	}
	row := element{tag: t, vr: v, length: length, offset: uint32(s.pos), flags: flagKept}
	if s.enc.big {
		row.flags |= flagBig
	}
	s.record(row)
	s.pos += int(length)
	return s.check()
}

// record adds a row to the table, unless the sequence around it is being dropped.
func (s *scanner) record(e element) {
	if s.floor < 0 {
		e.end = uint32(len(s.h.elements) + 1)
		s.h.elements = append(s.h.elements, e)
	}
}

// check holds the header to its bounds. Inside a sequence it drops all of that
// sequence and lets the scan go on.
func (s *scanner) check() error {
	if s.floor >= 0 || s.pos <= s.most && len(s.h.elements) <= s.mostElements() {
		return nil
	}
	if len(s.stack) == 0 {
		return s.failed(ErrHeaderTooLong)
	}
	outermost := int(s.stack[0].index)
	s.floor = int(s.h.elements[outermost].offset)
	s.h.Omitted = append(s.h.Omitted, s.h.elements[outermost].tag)
	s.h.elements = s.h.elements[:outermost+1]
	if s.floor > s.most || outermost >= s.mostElements() {
		return s.failed(ErrHeaderTooLong)
	}
	return nil
}

// mostElements is how many elements are kept: as many as [maxElements] are to
// [MaxHeader].
func (s *scanner) mostElements() int { return s.most / (MaxHeader / maxElements) }

// noEOF turns an end that comes where something had to follow into
// io.ErrUnexpectedEOF.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (s *scanner) failed(err error) error {
	return fmt.Errorf("scan data set at byte %d: %w", s.position(), noEOF(err))
}

func (s *scanner) malformed(format string, args ...any) error {
	return s.failed(fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...)))
}
