package dcm

import "io"

// window is the part of a stream that the scanner holds: bytes it keeps, then
// bytes read ahead. It grows only by what has really arrived, never by a length
// that the stream claims.
type window struct {
	r    io.Reader
	buf  []byte
	pos  int   // where the scanner stands in buf; what lies before is kept
	base int64 // position of buf[0] in the stream, had nothing been dropped
	// while dropping: where kept bytes end, so that what was scanned after may
	// be overwritten; else -1
	floor int
	limit int64 // most bytes to take from r; 0 = no limit
	read  int64 // bytes taken from r
	err   error // what r answered last
}

const (
	firstWindow = 8 << 10  // bytes
	longestSkip = 32 << 10 // bytes to read at once of what is dropped
	// reads of no bytes and no error before the reader is given up, as bufio does
	maxStalls = 100
)

// position is where the scanner stands in the stream.
func (w *window) position() int64 { return w.base + int64(w.pos) }

// ahead is how many bytes are there to be scanned without reading.
func (w *window) ahead() int { return len(w.buf) - w.pos }

// fill reads until n bytes are ahead. It returns io.EOF if there is none at
// all, io.ErrUnexpectedEOF if there are fewer.
func (w *window) fill(n int) error {
	for stalls := 0; w.ahead() < n; {
		if w.err != nil {
			if w.err == io.EOF && w.ahead() > 0 {
				return io.ErrUnexpectedEOF
			}
			return w.err
		}
		if w.floor >= 0 {
			w.drop()
		}
		if len(w.buf) == cap(w.buf) {
			grown := make([]byte, len(w.buf), max(firstWindow, 2*cap(w.buf)))
			copy(grown, w.buf)
			w.buf = grown
		}
		got := w.pull(w.buf[len(w.buf):cap(w.buf)])
		w.buf = w.buf[:len(w.buf)+got]
		if stalls++; got > 0 {
			stalls = 0
		} else if stalls > maxStalls {
			w.err = io.ErrNoProgress
		}
	}
	return nil
}

// drop forgets what was scanned since the floor was set.
func (w *window) drop() {
	w.base += int64(w.pos - w.floor)
	w.buf = w.buf[:w.floor+copy(w.buf[w.floor:], w.buf[w.pos:])]
	w.pos = w.floor
}

// pull takes bytes from the reader once and remembers its error.
func (w *window) pull(p []byte) int {
	if w.limit > 0 {
		if w.read >= w.limit {
			w.err = ErrHeaderTooLong
			return 0
		}
		p = p[:min(int64(len(p)), w.limit-w.read)]
	}
	n, err := w.r.Read(p)
	w.read += int64(n)
	w.err = err
	return n
}

// skip passes over n bytes and drops them.
func (w *window) skip(n int64) error {
	if near := int64(w.ahead()); n <= near {
		w.buf = w.buf[:w.pos+copy(w.buf[w.pos:], w.buf[w.pos+int(n):])]
		w.base += n
		return nil
	}
	w.base += int64(w.ahead())
	n -= int64(w.ahead())
	w.buf = w.buf[:w.pos]
	space := w.buf[w.pos:cap(w.buf)]
	if need := int(min(n, longestSkip)); len(space) < need {
		space = make([]byte, need)
	}
	for stalls := 0; n > 0; {
		if w.err != nil {
			if w.err == io.EOF {
				return io.ErrUnexpectedEOF
			}
			return w.err
		}
		got := w.pull(space[:min(n, int64(len(space)))])
		n -= int64(got)
		w.base += int64(got)
		if stalls++; got > 0 {
			stalls = 0
		} else if stalls > maxStalls {
			w.err = io.ErrNoProgress
		}
	}
	return nil
}
