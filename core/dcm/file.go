package dcm

import (
	"bytes"
	"io"
)

const (
	preambleLength = 128
	magic          = "DICM"
)

// ScanFile reads the header of a DICOM file (PS3.10 §7.1) up to its pixel data.
// A file without preamble or without file meta information is read too, if its
// first elements show how it is encoded. Anything else is [ErrNotDICOM].
//
// The header is never nil; see [ScanDataset] for what an error leaves in it.
func ScanFile(r io.Reader) (*Header, error) { return Scanner{}.File(r) }

// File is [ScanFile] with the scanner's stop tag.
func (o Scanner) File(r io.Reader) (*Header, error) {
	s := o.start(r)
	err := s.file()
	return s.finish(), err
}

func (s *scanner) file() error {
	err := s.fill(preambleLength + len(magic))
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return s.failed(err)
	}
	b := s.buf[s.pos:]
	switch {
	case len(b) >= preambleLength+len(magic) && string(b[preambleLength:preambleLength+len(magic)]) == magic:
		s.pos += preambleLength + len(magic)
	case len(b) >= len(magic) && string(b[:len(magic)]) == magic:
		s.pos += len(magic) // some old writers leave the preamble out
	default:
		return s.bare()
	}
	s.h.DatasetOffset = s.position()
	if err := s.fileMeta(); err != nil {
		return err
	}
	return s.afterMeta()
}

// bare scans a file that begins with its first element.
func (s *scanner) bare() error {
	syntax, ok := guessSyntax(s.buf[s.pos:])
	if !ok {
		return ErrNotDICOM
	}
	if s.buf[s.pos] == 2 && syntax != ExplicitVRBigEndian {
		if err := s.fileMeta(); err != nil {
			return err
		}
		return s.afterMeta()
	}
	s.h.TransferSyntax = syntax
	err := s.dataset()
	if rows := s.h.elements; len(rows) < 2 || rows[rows[0].end%uint32(len(rows))].tag <= rows[0].tag {
		return ErrNotDICOM // one plausible element may be chance
	}
	return err
}

// fileMeta scans the elements of group 0002, which are in explicit little
// endian. Their group length is not relied on.
func (s *scanner) fileMeta() error {
	stop := s.stop
	s.stop, s.enc = MakeTag(3, 0), layout{}
	s.correct()
	for {
		err := s.fill(8)
		if err == io.EOF || err == io.ErrUnexpectedEOF && !bytes.HasPrefix(s.buf[s.pos:], []byte{2, 0}) {
			break // what is left is the data set's
		}
		if err != nil {
			return s.failed(err)
		}
		if s.enc.tag(s.buf[s.pos:]).Group() != 2 {
			break
		}
		if _, err := s.next(); err != nil {
			return err
		}
		if len(s.stack) > 0 {
			return s.malformed("a sequence stands in the file meta information")
		}
	}
	s.stop, s.h.meta, s.h.buf = stop, len(s.h.elements), s.buf
	return nil
}

// afterMeta scans the data set behind the file meta information.
func (s *scanner) afterMeta() error {
	s.h.DatasetOffset = s.position()
	s.h.TransferSyntax = s.h.UID(TransferSyntaxUID)
	if s.h.TransferSyntax == "" {
		_ = s.fill(8) // what is missing is found out by the scan
		syntax, ok := guessSyntax(s.buf[s.pos:])
		if !ok {
			syntax = ExplicitVRLittleEndian
		}
		s.h.TransferSyntax = syntax
	}
	return s.dataset()
}

// guessSyntax tells how a data set is encoded from its first element, which
// must be one of the groups that data sets begin with.
func guessSyntax(b []byte) (UID, bool) {
	if len(b) < 8 {
		return "", false
	}
	v := vr(b[4])<<8 | vr(b[5])
	little, big := layout{}, layout{big: true}
	switch t := little.tag(b); {
	case first(t) && v.known():
		return ExplicitVRLittleEndian, true
	case first(t) && plausibleFirst(t, little.uint32(b[4:])):
		return ImplicitVRLittleEndian, true
	}
	if t := big.tag(b); first(t) && v.known() {
		return ExplicitVRBigEndian, true
	}
	return "", false
}

// plausibleFirst reports whether a first element in implicit encoding is one
// that the standard knows, with a length it may have.
func plausibleFirst(t Tag, length uint32) bool {
	_, known := loadDictionary().find(t)
	return (known || t.Element() == 0 || t.Private()) && (length <= 1<<10 || length == undefined)
}
