package dcm

// push enters a sequence or an item whose value begins here.
func (s *scanner) push(t Tag, v vr, length uint32, inside layout, item bool) error {
	if len(s.stack) == 2*maxDepth {
		return s.malformed("sequences are more than %d deep", maxDepth)
	}
	f := frame{bound: -1, outer: s.enc, index: int32(len(s.h.elements)), item: item, delimited: length == undefined}
	if len(s.stack) > 0 {
		f.bound = s.top().bound
	}
	if !f.delimited {
		end := s.position() + int64(length)
		if f.bound >= 0 && end > f.bound {
			return s.malformed("%v goes beyond the end of what holds it", t)
		}
		f.bound = end
	}
	s.record(element{tag: t, vr: v, offset: uint32(s.pos)})
	s.stack = append(s.stack, f)
	s.enc = inside
	return s.check()
}

// pop leaves the innermost sequence or item.
func (s *scanner) pop() {
	f := s.top()
	s.enc = f.outer
	if s.floor < 0 {
		s.h.elements[f.index].end = uint32(len(s.h.elements))
	}
	s.stack = s.stack[:len(s.stack)-1]
}

// delimiter scans an item's beginning or one of the two delimiters (PS3.5
// §7.5). Delimiters that nothing asks for are passed over, as every reader
// does: writers leave them behind where they have changed a length.
func (s *scanner) delimiter(t Tag) error {
	length := s.enc.uint32(s.buf[s.pos+4:])
	s.pos += 8
	switch t {
	case item:
		if len(s.stack) == 0 || s.top().item {
			return s.malformed("an item stands outside of a sequence")
		}
		return s.push(item, vrNone, length, s.enc, true)
	case itemDelimitation:
		if len(s.stack) > 0 && s.top().item && s.top().delimited {
			s.pop()
		}
	case sequenceDelimitation:
		if len(s.stack) > 1 && s.top().item && s.top().delimited && s.stack[len(s.stack)-2].delimited {
			s.pop() // the last item's own delimiter is missing
		}
		if len(s.stack) > 0 && !s.top().item && s.top().delimited {
			s.pop()
		}
	default:
		return s.malformed("%v is no delimiter", t)
	}
	return nil
}

// fragments passes over encapsulated data outside of the top's pixel data, such
// as that of an icon (PS3.5 §A.4).
func (s *scanner) fragments(t Tag, v vr) error {
	s.record(element{tag: t, vr: v})
	for {
		if err := s.fill(8); err != nil {
			return s.failed(noEOF(err))
		}
		tag, length := s.enc.tag(s.buf[s.pos:]), s.enc.uint32(s.buf[s.pos+4:])
		switch {
		case tag == sequenceDelimitation:
			s.pos += 8
			return s.check()
		case tag != item || length == undefined:
			return s.malformed("%v stands among the fragments of %v", tag, t)
		}
		if err := s.skip(8 + int64(length)); err != nil {
			return s.failed(noEOF(err))
		}
	}
}

// scanUnknown reads the value of an element of unknown representation as a
// sequence in implicit little endian. Its first row is that sequence; what
// follows a fault is left out.
func scanUnknown(value []byte) *Header {
	s := scanner{h: &Header{}, dict: loadDictionary(), stop: ^Tag(0), enc: layout{implicit: true}, longest: MaxValue, most: MaxHeader}
	s.window = window{buf: value[:len(value):len(value)], floor: -1, r: atEnd{}}
	s.h.buf = value
	if err := s.push(0, vrSQ, uint32(len(value)), s.enc, false); err == nil {
		_ = s.elements() // not a sequence after all: then it has no items to be found
	}
	s.close()
	return s.h
}
