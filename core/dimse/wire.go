package dimse

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// wire is a transport connection with a read buffer. Each wait, for bytes or
// for room to write, ends after a timeout. One goroutine reads; any may write,
// each write being whole.
type wire struct {
	conn     net.Conn
	patience time.Duration
	until    time.Time             // unless zero, all waits end then
	cause    atomic.Pointer[error] // why interrupt was called

	buf  []byte
	r, w int // buf[r:w] has been read from the connection and not been used

	pace  pace
	last  atomic.Int64 // when the peer last got on, in nanoseconds since 1970
	moved int          // bytes since then
	waits atomic.Bool  // for bytes of the peer
	owed  atomic.Int32 // answers of operations that run beside the reading

	writing sync.Mutex
}

func newWire(conn net.Conn, bufferSize int, patience time.Duration) *wire {
	w := &wire{conn: conn, buf: make([]byte, bufferSize), patience: patience}
	w.gotOn()
	return w
}

// deadline of a wait that begins now.
func (w *wire) deadline() time.Time {
	if !w.until.IsZero() {
		return w.until
	}
	return time.Now().Add(w.patience)
}

// readDeadline is that of a wait for bytes.
func (w *wire) readDeadline() time.Time {
	if !w.until.IsZero() {
		return w.until
	}
	return w.pace.deadline(time.Now(), w.patience)
}

// past is a deadline that has passed.
var past = time.Unix(1, 0)

// interrupt ends all present and coming waits with cause.
func (w *wire) interrupt(cause error) {
	w.cause.CompareAndSwap(nil, &cause)
	// A connection that takes no deadline is closed already.
	_ = w.conn.SetDeadline(past)
}

// interrupted looks for an interrupt. It is called after a deadline was set, so
// that none gets lost in between.
func (w *wire) interrupted() error {
	if cause := w.cause.Load(); cause != nil {
		return *cause
	}
	return nil
}

func (w *wire) describe(err error) error {
	if cause := w.interrupted(); cause != nil {
		return cause
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("peer let the time for its next step pass: %w", err)
	}
	return err
}

// fill waits for bytes and puts them into the buffer, which must not be full of
// unused ones.
func (w *wire) fill() error {
	if w.r == w.w {
		w.r, w.w = 0, 0
	} else if w.w == len(w.buf) {
		w.w = copy(w.buf, w.buf[w.r:w.w])
		w.r = 0
	}
	if err := w.conn.SetReadDeadline(w.readDeadline()); err != nil {
		return w.describe(err)
	}
	if err := w.interrupted(); err != nil {
		return err
	}
	w.waits.Store(true)
	n, err := w.conn.Read(w.buf[w.w:])
	w.waits.Store(false)
	w.w += n
	w.pace.got += n
	if w.moved += n; w.moved >= enoughToMove {
		w.gotOn()
	}
	if n == 0 && err != nil {
		return w.describe(err)
	}
	return nil
}

// comes waits for a byte of the peer, and reports false if none has come in time.
// What waits after it waits as it did before.
func (w *wire) comes(patience time.Duration) (bool, error) {
	until := w.until
	defer func() { w.until = until }()
	w.until = time.Now().Add(patience)
	for w.r == w.w {
		switch err := w.fill(); {
		case errors.Is(err, os.ErrDeadlineExceeded) && w.interrupted() == nil:
			return false, nil
		case err == io.EOF:
			return true, nil // what is read next ends in the same way
		case err != nil:
			return false, err
		}
	}
	return true, nil
}

// take returns the next n bytes, which are valid until the next call. n is at
// most the buffer's size. The error is io.EOF if the connection ended before
// the first of them, and io.ErrUnexpectedEOF if it ended later.
func (w *wire) take(n int) ([]byte, error) {
	for w.w-w.r < n {
		if err := w.fill(); err != nil {
			if err == io.EOF && w.w > w.r {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	b := w.buf[w.r : w.r+n]
	w.r += n
	return b, nil
}

// some returns at least one and at most n of the next bytes, valid until the
// next call.
func (w *wire) some(n uint32) ([]byte, error) {
	if w.r == w.w {
		if err := w.fill(); err != nil {
			return nil, err
		}
	}
	return w.take(int(min(int64(n), int64(w.w-w.r))))
}

// Read implements io.Reader for the PDUs that are read whole.
func (w *wire) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := w.some(uint32(min(len(p), len(w.buf))))
	return copy(p, b), err
}

// grow replaces the buffer by a larger one.
func (w *wire) grow(size int) {
	buf := make([]byte, size)
	w.w = copy(buf, w.buf[w.r:w.w])
	w.r, w.buf = 0, buf
}

// readPDU reads one whole PDU that is not P-DATA-TF. The error is io.EOF if the
// connection ended before it, and a *ForeignError if it is of another protocol.
func (w *wire) readPDU() (pdu.PDU, error) {
	head, err := w.take(pdu.HeaderLength)
	if err == io.EOF {
		return nil, err
	}
	if err != nil {
		return nil, cutShort(err)
	}
	header := pdu.ParseHeader(head)
	if !header.Type.Known() {
		return nil, foreignTo(head, header.Check(0))
	}
	p, err := pdu.ReadBody(w, header, 0)
	return p, cutShort(err)
}

// write writes all of b.
func (w *wire) write(b []byte) error {
	w.writing.Lock()
	defer w.writing.Unlock()
	if err := w.conn.SetWriteDeadline(w.deadline()); err != nil {
		return w.describe(err)
	}
	if err := w.interrupted(); err != nil {
		return err
	}
	if _, err := w.conn.Write(b); err != nil {
		return w.describe(err)
	}
	return nil
}

// endedByPeer reports whether an association ended by what the peer did to it,
// so that there is nothing to tell it.
func endedByPeer(reason error) bool {
	return errors.As(reason, new(*AbortedError)) || errors.As(reason, new(*RejectedError)) || errors.Is(reason, ErrReleased) ||
		errors.Is(reason, ErrPeerClosed) || reason == io.EOF || errors.Is(reason, syscall.ECONNRESET) || errors.Is(reason, syscall.EPIPE)
}

// abortFor tells the peer that the association ended for the reason given,
// unless it was the peer who ended it.
func (w *wire) abortFor(reason error) {
	var format *pdu.FormatError
	switch {
	case endedByPeer(reason):
	case errors.As(reason, &format):
		w.abort(pdu.AbortedByProvider, format.Reason)
	default:
		w.abort(pdu.AbortedByUser, pdu.ReasonNotSpecified)
	}
}

// abortPatience bounds the sending of an A-ABORT to a peer that may not be reading.
const abortPatience = time.Second

// abort sends A-ABORT if the connection takes it, whether or not the wire was
// interrupted.
func (w *wire) abort(source pdu.AbortSource, reason pdu.AbortReason) {
	_ = w.conn.SetWriteDeadline(time.Now().Add(abortPatience))
	w.writing.Lock()
	defer w.writing.Unlock()
	_ = w.conn.SetWriteDeadline(time.Now().Add(abortPatience))
	_, _ = w.conn.Write((&pdu.Abort{Source: source, Reason: reason}).Append(nil))
}

// awaitClose waits until the peer closes the connection or the ARTIM timer runs out
// (PS3.8 §9.1.5, state Sta13), so that the last PDU written is not lost to a reset.
// What still comes is discarded. If it begins with a PDU, it is read as PDUs until
// one that is no more than late is answered with A-ABORT (AA-7).
func (w *wire) awaitClose(artim time.Duration, pdus bool) {
	w.until = time.Now().Add(artim)
	for pdus {
		head, err := w.take(pdu.HeaderLength)
		if err != nil {
			return
		}
		h := pdu.ParseHeader(head)
		switch {
		case h.Type == pdu.TypeAbort:
			return
		case h.Type == pdu.TypeAssociateRQ, !h.Type.Known():
			w.abort(pdu.AbortedByProvider, pdu.UnexpectedPDU)
			pdus = false
		default:
			pdus = w.discard(h.Length) == nil
		}
	}
	_ = w.conn.SetReadDeadline(w.until)
	for {
		if _, err := w.conn.Read(w.buf); err != nil {
			return
		}
	}
}

// discard passes over the next n bytes.
func (w *wire) discard(n uint32) error {
	for n > 0 {
		b, err := w.some(n)
		if err != nil {
			return err
		}
		n -= uint32(len(b))
	}
	return nil
}
