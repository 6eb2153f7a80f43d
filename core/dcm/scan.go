package dcm

import (
	"compress/flate"
	"io"
)

// Scanner reads the header of a data set. The zero value stops at the pixel data.
type Scanner struct {
	// StopAt is the first tag at the top that is not scanned. 0 is (7FE0,0000):
	// the pixel data and all after it.
	StopAt Tag

	// Longest is how many bytes a value may have that is kept, and Most how many
	// are kept of all; 0 = MaxValue and MaxHeader. More is for a process with
	// limits of its own.
	Longest, Most int
}

// ScanDataset reads the elements of a data set up to its pixel data. It only
// reads forward, so r may be a network connection, or an io.TeeReader that
// writes what is read to a file; it may take more bytes than it scans (see
// [Header.Consumed]).
//
// The header is never nil: with an error it holds what came before the fault.
// What the data set claims about itself costs no memory: depth, values and
// header are bounded (see [MaxValue], [MaxHeader]).
func ScanDataset(r io.Reader, transferSyntax UID) (*Header, error) {
	return Scanner{}.Dataset(r, transferSyntax)
}

// Dataset is [ScanDataset] with the scanner's stop tag.
func (o Scanner) Dataset(r io.Reader, transferSyntax UID) (*Header, error) {
	s := o.start(r)
	s.h.TransferSyntax = transferSyntax
	err := s.dataset()
	return s.finish(), err
}

func (o Scanner) start(r io.Reader) *scanner {
	s := &scanner{h: &Header{elements: make([]element, 0, 128)}, dict: loadDictionary(), stop: o.StopAt}
	if s.stop == 0 {
		s.stop = MakeTag(PixelData.Group(), 0)
	}
	s.longest, s.most = uint32(max(o.Longest, MaxValue)), max(o.Most, MaxHeader)
	s.window, s.stack = window{r: r, floor: -1}, s.few[:0]
	return s
}

// dataset scans the data set that begins here in the header's transfer syntax.
func (s *scanner) dataset() error {
	s.h.plain = deflated[s.h.TransferSyntax] && s.plain()
	if s.h.Deflated() {
		return s.inflate()
	}
	switch s.h.TransferSyntax {
	case ImplicitVRLittleEndian, gePrivateImplicit:
		s.enc = layout{implicit: true}
	case ExplicitVRBigEndian:
		s.enc = layout{big: true}
	default:
		s.enc = layout{}
	}
	s.correct()
	s.h.written = s.enc
	return s.elements()
}

// plain reports whether a data set that is declared as deflated is not: the bytes of
// a compressed one do not read as an element that data sets begin with.
func (s *scanner) plain() bool {
	if s.fill(8) != nil {
		return false
	}
	_, plain := guessSyntax(s.buf[s.pos:])
	return plain
}

// correct sets right a data set that is written in another one of implicit and
// explicit, or in another byte order, than it declares.
func (s *scanner) correct() {
	if s.fill(8) == nil {
		s.enc = s.enc.corrected(s.buf[s.pos:])
	}
}

// corrected returns the layout that the first eight bytes of a data set show. The
// first element gives it away: no length of a first element reads as a value
// representation, and its group is a low number in one of the byte orders alone.
func (l layout) corrected(b []byte) layout {
	v := vr(b[4])<<8 | vr(b[5])
	if other := (layout{implicit: l.implicit, big: !l.big}); !first(l.tag(b)) && first(other.tag(b)) && other.likelier(l, v, b) {
		l = other
	}
	switch {
	case l.big && v.known():
		l.implicit = false
	case l.big || l.tag(b)>>16 == 0xFFFE:
	case l.implicit && v.known():
		l.implicit = false
	case !l.implicit && !v.letters() && l.uint32(b[4:]) <= MaxValue:
		l.implicit = true
	}
	return l
}

// likelier reports whether the rest of a first element reads as well in this byte order as
// in the declared one: its length is not the longer one. Elements with a length of four
// bytes, of which no more can be said, are not what data sets begin with.
func (l layout) likelier(declared layout, v vr, b []byte) bool {
	if !v.known() {
		return declared.big // and is implicit, which is never big endian
	}
	return !v.long() && l.uint16(b[6:]) <= declared.uint16(b[6:])
}

// first reports whether data sets begin with the group of an element.
func first(t Tag) bool { return t.Group() > 0 && t.Group() <= 8 }

// inflate scans a deflated data set (PS3.5 §A.5).
func (s *scanner) inflate() error {
	raw := s.window
	source := &joined{first: raw.buf[raw.pos:], then: &raw}
	inflated := flate.NewReader(source)
	defer inflated.Close()
	kept := append(make([]byte, 0, max(firstWindow, 2*raw.pos)), raw.buf[:raw.pos]...)
	s.window = window{r: inflated, buf: kept, pos: raw.pos, base: raw.base, floor: -1, limit: maxInflated}
	err := s.elements()
	s.read, s.h.stopped = raw.read, 0
	return err
}

// joined reads what a window has ahead, then from where the window reads.
type joined struct {
	first []byte
	then  *window
}

func (j *joined) Read(p []byte) (int, error) {
	if len(j.first) > 0 {
		n := copy(p, j.first)
		j.first = j.first[n:]
		return n, nil
	}
	if j.then.err != nil {
		return 0, j.then.err
	}
	n := j.then.pull(p)
	return n, j.then.err
}

// finish closes what is open and hands out the header.
func (s *scanner) finish() *Header {
	s.close()
	s.h.buf = s.buf[:min(s.pos, len(s.buf))]
	s.h.Consumed = s.read
	return s.h
}

// close ends the sequences that a fault has left open, so that the table is whole.
func (s *scanner) close() {
	for len(s.stack) > 0 {
		s.pop()
	}
}

// atEnd is a reader without bytes.
type atEnd struct{}

func (atEnd) Read([]byte) (int, error) { return 0, io.EOF }
