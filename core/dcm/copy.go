package dcm

import (
	"errors"
	"fmt"
	"io"
)

// NotWholeError says that a data set is empty or ends inside an element, so that
// a receiver should refuse it.
type NotWholeError struct{ Size int64 } // bytes that there are

// Error says what is missing, in words for the peer too.
func (e *NotWholeError) Error() string {
	if e.Size < shortestElement {
		return "its data set is empty"
	}
	return fmt.Sprintf("its data set ends within an element, at byte %d", e.Size)
}

// Unwrap returns io.ErrUnexpectedEOF.
func (e *NotWholeError) Unwrap() error { return io.ErrUnexpectedEOF }

// CopyDataset copies a data set from r to w and reads its header on the way past.
// Written reads back what w got; offset 0 is the data set's first byte.
//
// The header is never nil. A *[NotWholeError] is about the data set, any other
// error about r, w or written. A data set that only breaks the rules of encoding
// is none: its header has what could be read.
func CopyDataset(w io.Writer, r io.Reader, transferSyntax UID, written io.ReaderAt) (*Header, error) {
	counted := &counter{w: w}
	header, scanned := ScanDataset(io.TeeReader(r, counted), transferSyntax)
	if _, err := io.Copy(counted, r); err != nil {
		return header, err
	}
	if counted.err != nil { // while the header was scanned
		return header, counted.err
	}
	switch {
	case errors.Is(scanned, io.ErrUnexpectedEOF), counted.n < shortestElement:
		return header, &NotWholeError{counted.n}
	case scanned != nil:
		return header, nil
	case header.Empty():
		return header, &NotWholeError{}
	}
	err := header.CheckEnd(written, counted.n)
	if header.Deflated() {
		err = checkInflated(io.NewSectionReader(written, 0, counted.n), mostInflated)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return header, &NotWholeError{counted.n}
	}
	return header, err
}

// mostInflated is up to where a deflated data set is looked at as it comes in, in
// bytes: few bytes can be made to inflate to very many.
const mostInflated = 1 << 30

// checkInflated goes through a deflated data set to its end, or until it has inflated
// to most bytes: then the error is nil. It is io.ErrUnexpectedEOF if the data set ends
// inside an element. What breaks the rules of encoding otherwise is not its business.
func checkInflated(dataset io.Reader, most int64) error {
	err := Convert(&upTo{most}, dataset, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return nil
}

// upTo takes so many bytes, and no more.
type upTo struct{ left int64 }

// Write implements io.Writer.
func (u *upTo) Write(p []byte) (int, error) {
	if u.left -= int64(len(p)); u.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

// counter counts the bytes that w takes, and remembers its first error: a reader
// that tees into it may not hand that on.
type counter struct {
	w   io.Writer
	n   int64
	err error
}

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.w.Write(p)
	c.n, c.err = c.n+int64(n), err
	return n, err
}
