package dimse_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// What a peer does wrong on an established association aborts it with the
// standard's reason, and nothing else: an association beside it stores objects
// before and after.
func TestWrongPDUsAbort(t *testing.T) {
	storing := command(imageContext, storeRQ(1, "1.2.3"))
	begun := join(storing, fragment(imageContext, false, false, []byte("some data ")))
	tests := map[string]struct {
		send   []byte
		reason pdu.AbortReason
	}{
		"unknown PDU type":                   {[]byte("GET / HTTP/1.1\r\n\r\n"), pdu.UnrecognizedPDU},
		"associate again":                    {associateRQ().Append(nil), pdu.UnexpectedPDU},
		"release reply without request":      {(&pdu.ReleaseRP{}).Append(nil), pdu.UnexpectedPDU},
		"release of wrong length":            {[]byte("\x05\x00\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00"), pdu.InvalidParameter},
		"P-DATA over the maximum":            {[]byte("\x04\x00\xff\xff\xff\xff\x00\x00\x00\x10\x01\x03"), pdu.InvalidParameter},
		"P-DATA without PDV":                 {[]byte("\x04\x00\x00\x00\x00\x00"), pdu.InvalidParameter},
		"PDV of 1 byte":                      {[]byte("\x04\x00\x00\x00\x00\x06\x00\x00\x00\x01\x01\x03"), pdu.InvalidParameter},
		"PDV longer than its PDU":            {[]byte("\x04\x00\x00\x00\x00\x06\x00\x00\x10\x00\x01\x03"), pdu.InvalidParameter},
		"bytes after the last PDV":           {join([]byte("\x04\x00\x00\x00\x00\x0c\x00\x00\x00\x02\x03\x00"), make([]byte, 6)), pdu.UnexpectedParameter},
		"data without a command":             {fragment(imageContext, false, true, []byte("data")), pdu.UnexpectedParameter},
		"command in the middle of data":      {join(begun, storing), pdu.UnexpectedParameter},
		"data in another context":            {join(storing, fragment(echoContext, false, true, []byte("data"))), pdu.UnexpectedParameter},
		"release in the middle of data":      {join(begun, (&pdu.ReleaseRQ{}).Append(nil)), pdu.UnexpectedPDU},
		"release in the middle of a command": {join(fragment(imageContext, true, false, storeRQ(1, "1.2")[:20]), (&pdu.ReleaseRQ{}).Append(nil)), pdu.UnexpectedPDU},
		"context that was not accepted":      {command(5, storeRQ(1, "1.2.3")), pdu.InvalidParameter},
		"command element past its end":       {command(imageContext, storeRQ(1, "1.2.3")[:70]), pdu.InvalidParameter},
		"command without a command field":    {command(imageContext, set(number(0x0110, 1))), pdu.InvalidParameter},
		"command without a message id":       {command(echoContext, set(number(0x0100, 0x0030))), pdu.InvalidParameter},
		"message id of four bytes":           {command(echoContext, set(number(0x0100, 0x0030), text(0x0110, "four"))), pdu.InvalidParameter},
		"command without an end":             {join(fragment(imageContext, true, false, make([]byte, 10000)), fragment(imageContext, true, false, make([]byte, 10000))), pdu.InvalidParameter},
		"response to nothing":                {command(imageContext, set(number(0x0100, 0x8001), number(0x0120, 1), number(0x0900, 0))), pdu.InvalidParameter},
	}
	r := newRecorder()
	addr := serve(t, &dimse.Server{NewSession: r.NewSession})
	beside := newRecorder()
	healthy := dial(t, &dimse.Dialer{}, serve(t, &dimse.Server{NewSession: beside.NewSession}), storage())
	same := dial(t, &dimse.Dialer{}, addr, storage())
	sent := 0
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := connectPeer(t, addr)
			p.send(test.send)
			p.expectAbort(pdu.AbortedByProvider, test.reason)
			var format *pdu.FormatError
			if err := r.end(t); !errors.As(err, &format) || format.Reason != test.reason {
				t.Errorf("session ended with %v", err)
			}
			for _, o := range r.taken() {
				if o.SOPInstanceUID == "1.2.3" && o.Err == nil {
					t.Error("half an object was handed over as whole")
				}
			}
			sent++
			for _, c := range []*dimse.Conn{healthy, same} {
				if status, err := c.Store(t.Context(), message(sent, 1000)); err != nil || !status.Success() {
					t.Fatalf("another association: %v, %v", status, err)
				}
			}
		})
	}
}

// What is wrong with one message only is answered, and the association goes on.
func TestWrongMessagesAreAnswered(t *testing.T) {
	data := fragment(imageContext, false, true, []byte("data"))
	noData := set(text(0x0002, string(ctImage)), number(0x0100, 0x0001), number(0x0110, 7), number(0x0800, 0x0101), text(0x1000, "1.2.3"))
	noInstance := set(text(0x0002, string(ctImage)), number(0x0100, 0x0001), number(0x0110, 7), number(0x0800, 1))
	find := set(text(0x0002, "1.2.840.10008.5.1.4.1.2.1.1"), number(0x0100, 0x0020), number(0x0110, 7), number(0x0800, 1))
	action := set(text(0x0003, "1.2.840.10008.1.20.1"), number(0x0100, 0x0130), number(0x0110, 7), number(0x0800, 1), text(0x1001, "1.2"))
	cancel := command(imageContext, set(number(0x0100, 0x0FFF), number(0x0120, 7), number(0x0800, 0x0101)))
	tests := map[string]struct {
		send          []byte
		field, status uint16
	}{
		"C-STORE without SOP instance UID": {join(command(imageContext, noInstance), data), 0x8001, 0x0117},
		"SOP instance UID with a path":     {join(command(imageContext, storeRQ(7, "../../etc/passwd")), data), 0x8001, 0x0117},
		"SOP instance UID of 66 digits":    {join(command(imageContext, storeRQ(7, strings.Repeat("1", 66))), data), 0x8001, 0x0117},
		"C-STORE without data set":         {command(imageContext, noData), 0x8001, 0xC000},
		"C-STORE in Verification's context": {join(command(echoContext, storeRQ(7, "1.2.3")), fragment(echoContext, false, true, []byte("data"))),
			0x8001, 0x0122},
		"C-FIND":                      {join(command(imageContext, find), data), 0x8020, 0x0211},
		"N-ACTION":                    {join(command(imageContext, action), data), 0x8130, 0x0211},
		"C-CANCEL and C-ECHO":         {join(cancel, command(echoContext, echoRQ(7))), 0x8030, 0x0000},
		"C-ECHO in a storage context": {command(imageContext, echoRQ(7)), 0x8030, 0x0000},
		"C-STORE, many fragments": {join(fragment(imageContext, true, false, storeRQ(7, "1.2.3.4")[:13]), fragment(imageContext, true, true, storeRQ(7, "1.2.3.4")[13:]),
			fragment(imageContext, false, false, nil), fragment(imageContext, false, false, []byte("da")), fragment(imageContext, false, false, []byte("ta")),
			fragment(imageContext, false, true, nil)), 0x8001, 0x0000},
		"C-STORE, all in one PDU": {(&pdu.Data{PDVs: []pdu.PDV{{ContextID: imageContext, Command: true, Last: true, Fragment: storeRQ(7, "1.2.3.4")},
			{ContextID: imageContext, Last: true, Fragment: []byte("data")}}}).Append(nil), 0x8001, 0x0000},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := newRecorder()
			p := connectPeer(t, serve(t, &dimse.Server{NewSession: r.NewSession}))
			p.send(test.send)
			p.expectStatus(test.field, 7, test.status)
			p.send(join(command(imageContext, storeRQ(8, "1.2.3.9")), data))
			p.expectStatus(0x8001, 8, 0)
			p.release()
			if err := r.end(t); err != nil {
				t.Errorf("association ended with %v", err)
			}
			for _, o := range r.taken() {
				if o.Size != 4 || !o.SOPInstanceUID.Valid() || o.Err != nil {
					t.Errorf("object %+v was handed over", o)
				}
			}
		})
	}
}

func TestPeerEndsInTheMiddleOfAnObject(t *testing.T) {
	begun := join(command(imageContext, storeRQ(1, "1.2.3")), fragment(imageContext, false, false, []byte("some data ")))
	tests := map[string]struct {
		then  func(p *peer)
		check func(t *testing.T, err error)
	}{
		"closes": {func(p *peer) { _ = p.Close() }, func(t *testing.T, err error) {
			if !errors.Is(err, dimse.ErrPeerClosed) {
				t.Errorf("session ended with %v", err)
			}
		}},
		"closes in the middle of a PDU": {func(p *peer) { p.send([]byte("\x04\x00\x00\x00\x01\x00\x00\x00")); _ = p.Close() }, func(t *testing.T, err error) {
			if !errors.Is(err, dimse.ErrPeerClosed) {
				t.Errorf("session ended with %v", err)
			}
		}},
		"aborts": {func(p *peer) { p.send((&pdu.Abort{Source: pdu.AbortedByUser}).Append(nil)); p.expectClose() }, func(t *testing.T, err error) {
			var aborted *dimse.AbortedError
			if !errors.As(err, &aborted) || aborted.Source != pdu.AbortedByUser {
				t.Errorf("session ended with %v", err)
			}
		}},
		"stops": {func(p *peer) { p.expectAbort(pdu.AbortedByUser, pdu.ReasonNotSpecified) }, func(t *testing.T, err error) {
			var timeout net.Error
			if !errors.As(err, &timeout) || !timeout.Timeout() {
				t.Errorf("session ended with %v", err)
			}
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := newRecorder()
			p := connectPeer(t, serve(t, &dimse.Server{NewSession: r.NewSession, IdleTimeout: 200 * time.Millisecond}))
			p.send(begun)
			test.then(p)
			test.check(t, r.end(t))
			if got := r.taken(); len(got) != 1 || got[0].Err == nil {
				t.Errorf("receiver saw %+v, want one object that is not whole", got)
			}
		})
	}
}

// Closing right after the release request is common, and the association counts
// as released.
func TestPeerClosesRightAfterReleaseRequest(t *testing.T) {
	r := newRecorder()
	p := connectPeer(t, serve(t, &dimse.Server{NewSession: r.NewSession}))
	p.send((&pdu.ReleaseRQ{}).Append(nil))
	_ = p.Close()
	if err := r.end(t); err != nil {
		t.Errorf("association ended with %v, want a release", err)
	}
}

func TestPeerClosesWithoutRelease(t *testing.T) {
	r := newRecorder()
	p := connectPeer(t, serve(t, &dimse.Server{NewSession: r.NewSession}))
	_ = p.Close()
	if err := r.end(t); !errors.Is(err, dimse.ErrPeerClosed) {
		t.Errorf("association ended with %v", err)
	}
}

// The peer hears of the release only after the receiver agreed; otherwise it
// hears that the association failed.
func TestReceiverRefusesRelease(t *testing.T) {
	r := newRecorder()
	r.released = func() error { return errors.New("the disk is gone") }
	p := connectPeer(t, serve(t, &dimse.Server{NewSession: r.NewSession}))
	p.send((&pdu.ReleaseRQ{}).Append(nil))
	p.expectAbort(pdu.AbortedByUser, pdu.ReasonNotSpecified)
}

// What the receiver leaves of a data set is drained, and its status is what the
// peer gets.
func TestReceiverLeavesData(t *testing.T) {
	r := newRecorder()
	r.store = func(_ context.Context, rq *dimse.StoreRequest) dimse.Status {
		_, _ = io.ReadFull(rq.Data, make([]byte, 100))
		return dimse.OutOfResources
	}
	c := dial(t, &dimse.Dialer{}, serve(t, &dimse.Server{NewSession: r.NewSession}), storage())
	for i := range 3 {
		status, err := c.Store(t.Context(), message(i, 1<<20))
		if err != nil || status != dimse.OutOfResources || !status.Retryable() {
			t.Fatalf("%v, %v", status, err)
		}
	}
	if err := c.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A peer that sends requests and reads no answer is given up once the
// connection takes no more.
func TestPeerThatDoesNotRead(t *testing.T) {
	r := newRecorder()
	p := connectPeer(t, serve(t, &dimse.Server{NewSession: r.NewSession, IdleTimeout: 300 * time.Millisecond}))
	many := join()
	for range 1000 {
		many = append(many, command(echoContext, echoRQ(1))...)
	}
	for {
		if _, err := p.Write(many); err != nil {
			break
		}
	}
	if err := r.end(t); err == nil {
		t.Error("association ended with a release")
	}
}

func TestStrangers(t *testing.T) {
	addr := serve(t, &dimse.Server{ARTIM: 300 * time.Millisecond})
	t.Run("says nothing", func(t *testing.T) {
		p := connectRaw(t, addr)
		if n, err := io.Copy(io.Discard, p); n != 0 || err != nil {
			t.Errorf("%d bytes and %v came, want a close", n, err)
		}
	})
	t.Run("dribbles", func(t *testing.T) {
		p := connectRaw(t, addr)
		for _, b := range associateRQ().Append(nil) {
			if _, err := p.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond) // slower than the ARTIM timer allows for the whole
		}
		t.Error("a request that took longer than ARTIM was read to its end")
	})
	t.Run("speaks HTTP", func(t *testing.T) {
		p := connectRaw(t, addr)
		p.send([]byte("GET / HTTP/1.1\r\n\r\n"))
		p.expectAbort(pdu.AbortedByUser, pdu.ReasonNotSpecified)
	})
	t.Run("begins with data", func(t *testing.T) {
		p := connectRaw(t, addr)
		p.send((&pdu.ReleaseRQ{}).Append(nil))
		p.expectAbort(pdu.AbortedByUser, pdu.ReasonNotSpecified)
	})
	t.Run("uses a context id twice", func(t *testing.T) {
		rq := associateRQ()
		rq.Contexts[1].ID = rq.Contexts[0].ID
		p := connectRaw(t, addr)
		p.send(rq.Append(nil))
		p.expectAbort(pdu.AbortedByUser, pdu.ReasonNotSpecified)
	})
}
