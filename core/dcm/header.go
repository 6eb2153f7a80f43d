package dcm

import (
	"errors"
	"strings"
)

// Header is what the scanner kept of a data set: its elements before the pixel
// data, with their values as sent. It is read-only once made, so that any
// number of goroutines may ask it.
type Header struct {
	// TransferSyntax is the encoding of the data set: as declared, or as
	// guessed where a file declares none.
	TransferSyntax UID

	// DatasetOffset is where the data set begins in a Part 10 file, in bytes
	// from its start. It is 0 for a bare data set. Where the file ends within its
	// meta information, it is where that begins, and TransferSyntax is "".
	DatasetOffset int64

	// Consumed is how many bytes were taken from the reader. They may go beyond
	// what was scanned, by less than MaxValue.
	Consumed int64

	// Omitted are the sequences at the top that were too long to keep. The
	// scanner went through them and has none of their items.
	Omitted []Tag

	buf []byte // the elements' bytes as sent
	// in the order of the data set, an item's elements after it; the file meta
	// information first
	elements []element
	meta     int // how many elements are file meta information
	// where the scan stopped before the pixel data; 0 if there is none, or it
	// is deflated
	stopped  int64
	encoding layout // what stands there is written in
	written  layout // the data set, as its beginning shows
	plain    bool   // it is declared as deflated, and is not
	reached  bool   // an element stands where the scan stopped
	passed   passed // before it
}

// Bounds of the header scanner. They hold whatever lengths a data set claims.
const (
	MaxValue    = 64 << 10 // longest value that is kept, in bytes; longer ones are passed over
	MaxHeader   = 4 << 20  // most bytes that are kept of a data set
	maxDepth    = 64       // most sequences inside each other
	maxElements = 128 << 10
	maxInflated = 64 << 20 // most bytes that a deflated header may grow to
)

// Errors of the scanner that a caller may have to tell apart. A data set that
// ends too early is io.ErrUnexpectedEOF.
var (
	// ErrNotDICOM means that the bytes are not a DICOM file, nor a data set
	// without file meta information.
	ErrNotDICOM = errors.New("not a DICOM file")
	// ErrMalformed means that a data set breaks the encoding rules of PS3.5 §7.
	ErrMalformed = errors.New("malformed data set")
	// ErrHeaderTooLong means that the elements before the pixel data go beyond
	// MaxHeader.
	ErrHeaderTooLong = errors.New("header is too long")
)

// element is one row of a header's table. An element inside an item follows the
// item, an item follows its sequence.
type element struct {
	tag    Tag
	offset uint32 // of the value in Header.buf
	length uint32 // of the value
	end    uint32 // index in the table after the element and all that is inside it
	vr     vr
	flags  elementFlags
}

type elementFlags uint8

const (
	flagKept elementFlags = 1 << iota // the value is in buf
	flagBig                           // the value is big endian
)

// UID returns the value of a top element as a UID without its padding, or "" if
// it is missing.
func (h *Header) UID(t Tag) UID {
	text, _ := h.Text(t)
	return TrimUID(text)
}

// Text returns the text of an element at the top of the data set, or in the
// file meta information for group 0002. It reports false if the element is
// missing or has no text: a sequence, a value over MaxValue, or data (OB, OW,
// UN and the like) over 64 bytes.
//
// The text is the value as sent, without trailing spaces and NULs; several
// values stay joined by a backslash; numbers are written in decimal; character
// sets are decoded to UTF-8 (PS3.5 §6.1, PS3.3 §C.12.1.1.2).
func (h *Header) Text(t Tag) (string, bool) {
	i, ok := h.find(t, 0, len(h.elements))
	if !ok {
		if t == TransferSyntaxUID && h.TransferSyntax != "" {
			return string(h.TransferSyntax), true
		}
		return "", false
	}
	return h.text(i, h.characterSet(nil, h.meta, len(h.elements)))
}

// Texts returns the text of every element that the path leads to, in the order
// of the data set: none if it is missing, several if it goes through sequences
// with several items. See [Header.Text] for what the text of an element is.
func (h *Header) Texts(p Path) []string {
	if !p.Known() {
		return nil
	}
	if t, ok := p.Tag(); ok {
		if text, ok := h.Text(t); ok {
			return []string{text}
		}
		return nil
	}
	return h.walk(nil, p.steps, 0, len(h.elements), h.characterSet(nil, h.meta, len(h.elements)))
}

// walk appends the texts that the steps lead to from the elements between two
// indexes of the table.
func (h *Header) walk(texts []string, steps []step, from, to int, charset []byte) []string {
	for i := range h.matches(steps[0], from, to) {
		if len(steps) == 1 {
			if text, ok := h.text(i, charset); ok {
				texts = append(texts, text)
			}
			continue
		}
		e, in, index := h.elements[i], h, i
		if e.vr == vrUN && int(e.end) == i+1 && e.flags&flagKept != 0 {
			// PS3.5 §6.2.2: a sequence whose representation got lost on the way
			in, index = scanUnknown(h.value(i)), 0
		}
		for at, end := index+1, int(in.elements[index].end); at < end; at = int(in.elements[at].end) {
			inside, last := at+1, int(in.elements[at].end)
			texts = in.walk(texts, steps[1:], inside, last, in.characterSet(charset, inside, last))
		}
	}
	return texts
}

// matches yields the indexes of the elements that a step means, among those
// between two indexes of the table.
func (h *Header) matches(s step, from, to int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		if s.creator == "" {
			if i, ok := h.find(s.tag, from, to); ok {
				yield(i)
			}
			return
		}
		for i := from; i < to; i = int(h.elements[i].end) {
			e := h.elements[i]
			if !e.tag.privateCreator() || e.tag.Group() != s.tag.Group() {
				continue
			}
			if creator, ok := h.text(i, nil); !ok || strings.Trim(creator, " \x00") != s.creator {
				continue
			}
			block := MakeTag(e.tag.Group(), e.tag.Element()<<8|s.tag.Element())
			if j, ok := h.find(block, from, to); ok && !yield(j) {
				return
			}
		}
	}
}

// find returns the index of an element among those between two indexes of the
// table, without looking inside sequences.
func (h *Header) find(t Tag, from, to int) (int, bool) {
	for i := from; i < to; i = int(h.elements[i].end) {
		if h.elements[i].tag == t {
			return i, true
		}
	}
	return 0, false
}

// value returns an element's value as sent, or nil if it was not kept.
func (h *Header) value(i int) []byte {
	e := h.elements[i]
	if e.flags&flagKept == 0 {
		return nil
	}
	return h.buf[e.offset : e.offset+e.length]
}

// characterSet returns the value of (0008,0005) among some elements, or what
// holds around them.
func (h *Header) characterSet(outer []byte, from, to int) []byte {
	if i, ok := h.find(SpecificCharacterSet, from, to); ok {
		return h.value(i)
	}
	return outer
}
