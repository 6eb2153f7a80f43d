package dimse_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// provider listens and does with its first connection what a test wants, right
// or wrong.
func provider(t *testing.T, do func(p *peer)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		do(&peer{conn, t})
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String()
}

// accept answers A-ASSOCIATE-RQ as a provider should.
func (p *peer) accept() {
	ac := &pdu.AssociateAC{
		ProtocolVersion: 1, CalledAE: "SCP", CallingAE: "SCU", ApplicationContext: dcm.ApplicationContext,
		Contexts: []pdu.ContextAC{{ID: 1, TransferSyntax: dcm.ImplicitVRLittleEndian}, {ID: 3, TransferSyntax: dcm.ExplicitVRLittleEndian}},
		User:     pdu.UserInformation{MaxLength: 16384, ImplementationClass: "1.2"},
	}
	if _, err := pdu.Read(p, 0); err == nil {
		_, _ = p.Write(ac.Append(nil))
	}
}

// object reads a whole C-STORE-RQ.
func (p *peer) object() {
	for {
		got, err := pdu.Read(p, 16384)
		if err != nil {
			return
		}
		if v := got.(*pdu.Data).PDVs[0]; v.Last && !v.Command {
			return
		}
	}
}

func storeRSP(respondedTo, status uint16) []byte {
	return set(number(0x0100, 0x8001), number(0x0120, respondedTo), number(0x0800, 0x0101), number(0x0900, status))
}

func TestDialFails(t *testing.T) {
	tests := map[string]struct {
		do    func(p *peer)
		check func(err error) bool
	}{
		"rejected": {func(p *peer) {
			_, _ = pdu.Read(p, 0)
			_, _ = p.Write((&pdu.AssociateRJ{Result: 1, Source: 1, Reason: 7}).Append(nil))
		}, func(err error) bool {
			var rejected *dimse.RejectedError
			return errors.As(err, &rejected) && rejected.Reject == *dimse.CalledAENotRecognized() && !rejected.Transient()
		}},
		"aborted": {func(p *peer) {
			_, _ = pdu.Read(p, 0)
			_, _ = p.Write((&pdu.Abort{Source: 2, Reason: 1}).Append(nil))
		}, func(err error) bool {
			var aborted *dimse.AbortedError
			return errors.As(err, &aborted) && aborted.Source == pdu.AbortedByProvider && aborted.Reason == pdu.UnrecognizedPDU
		}},
		"closed": {func(p *peer) { _, _ = pdu.Read(p, 0) }, func(err error) bool { return errors.Is(err, dimse.ErrPeerClosed) }},
		"no DICOM": {func(p *peer) {
			_, _ = p.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
			_, _ = io.Copy(io.Discard, p)
		},
			func(err error) bool { return errors.As(err, new(*pdu.FormatError)) }},
		"silent": {func(p *peer) { _, _ = io.Copy(io.Discard, p) }, func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := &dimse.Dialer{Timeout: 2 * time.Second}
			if name == "silent" {
				d.Timeout = 100 * time.Millisecond
			}
			if _, err := d.Dial(t.Context(), provider(t, test.do), storage()); !test.check(err) {
				t.Errorf("Dial: %v", err)
			}
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		if _, err := new(dimse.Dialer).Dial(t.Context(), net.JoinHostPort("127.0.0.1", freePort(t)), storage()); !errors.As(err, new(*net.OpError)) {
			t.Errorf("Dial: %v", err)
		}
	})
	t.Run("no longer wanted", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := new(dimse.Dialer).Dial(ctx, "192.0.2.1:104", storage()); !errors.Is(err, context.Canceled) {
			t.Errorf("Dial: %v", err)
		}
	})
	for name, contexts := range map[string][]dimse.PresentationContext{
		"no contexts":          nil,
		"129 contexts":         make([]dimse.PresentationContext, 129),
		"no transfer syntaxes": {{AbstractSyntax: ctImage}},
	} {
		t.Run(name, func(t *testing.T) {
			if c, err := new(dimse.Dialer).Dial(t.Context(), "127.0.0.1:1", contexts); err == nil || errors.As(err, new(*net.OpError)) {
				t.Errorf("Dial = %v, %v", c, err)
			}
		})
	}
}

// A context that is answered with a transfer syntax nobody proposed is not usable.
func TestUnproposedTransferSyntaxIsNotAccepted(t *testing.T) {
	addr := provider(t, func(p *peer) { p.accept(); _, _ = io.Copy(io.Discard, p) })
	c := dial(t, &dimse.Dialer{}, addr, []dimse.PresentationContext{
		{AbstractSyntax: ctImage, TransferSyntaxes: []dcm.UID{dcm.ExplicitVRBigEndian}},
		{AbstractSyntax: ctImage, TransferSyntaxes: []dcm.UID{dcm.ExplicitVRLittleEndian}},
	})
	if len(c.Contexts()) != 1 || !c.Accepted(ctImage, dcm.ExplicitVRLittleEndian) {
		t.Errorf("accepted are %+v", c.Contexts())
	}
}

// What a peer says that it is may have any bytes, and can be shown.
func TestWhatPeersSayThatTheyAreIsText(t *testing.T) {
	addr := provider(t, func(p *peer) {
		ac := &pdu.AssociateAC{ProtocolVersion: 1, ApplicationContext: dcm.ApplicationContext, User: pdu.UserInformation{
			ImplementationClass: "1.2\x1b[0m", ImplementationVersion: "V\x1b[31m\nOK\xFF\\"}}
		if _, err := pdu.Read(p, 0); err == nil {
			_, _ = p.Write(ac.Append(nil))
		}
		_, _ = io.Copy(io.Discard, p)
	})
	c := dial(t, &dimse.Dialer{}, addr, storage())
	defer c.Abort()
	if class, version := c.Peer(); class != `1.2\x1B[0m` || version != `V\x1B[31m\x0AOK\xFF\x5C` {
		t.Errorf("the peer says that it is %q %q", class, version)
	}
}

func TestStoreFails(t *testing.T) {
	const size = 8 << 20 // more than the connection buffers
	tests := map[string]struct {
		do      func(p *peer)
		message func(m *dimse.StoreMessage)
		check   func(err error) bool
	}{
		"peer aborts in the middle": {func(p *peer) {
			_, _ = io.ReadFull(p, make([]byte, 100000))
			_, _ = p.Write((&pdu.Abort{Source: 0}).Append(nil))
			_, _ = io.Copy(io.Discard, p)
		}, nil, func(err error) bool { return errors.As(err, new(*dimse.AbortedError)) }},
		"peer aborts and closes": {func(p *peer) {
			_, _ = io.ReadFull(p, make([]byte, 100000))
			_, _ = p.Write((&pdu.Abort{Source: 0}).Append(nil))
		}, nil, func(err error) bool { return err != nil }},
		"peer closes":                  {func(p *peer) { p.object() }, nil, func(err error) bool { return errors.Is(err, dimse.ErrPeerClosed) }},
		"silent: peer stops reading":   {func(p *peer) { <-p.t.Context().Done() }, nil, isTimeout},
		"silent: peer does not answer": {func(p *peer) { p.object(); _, _ = io.Copy(io.Discard, p) }, nil, isTimeout},
		"answer to another message": {func(p *peer) {
			p.object()
			_, _ = p.Write(command(imageContext, storeRSP(77, 0)))
			_, _ = io.Copy(io.Discard, p)
		}, nil, func(err error) bool { return errors.As(err, new(*pdu.FormatError)) }},
		"answer without status": {func(p *peer) {
			p.object()
			_, _ = p.Write(command(imageContext, set(number(0x0100, 0x8001), number(0x0120, 1))))
			_, _ = io.Copy(io.Discard, p)
		}, nil, func(err error) bool { return errors.As(err, new(*pdu.FormatError)) }},
		"peer releases": {func(p *peer) {
			p.object()
			_, _ = p.Write((&pdu.ReleaseRQ{}).Append(nil))
			_, _ = io.Copy(io.Discard, p)
		}, nil, func(err error) bool { return errors.Is(err, dimse.ErrReleased) }},
		"data set is shorter": {func(p *peer) { _, _ = io.Copy(io.Discard, p) }, func(m *dimse.StoreMessage) { m.Data = pattern(size - 1) },
			func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
		"data set cannot be read": {func(p *peer) { _, _ = io.Copy(io.Discard, p) },
			func(m *dimse.StoreMessage) { m.Data = iotest.ErrReader(errDisk) }, func(err error) bool { return errors.Is(err, errDisk) }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			addr := provider(t, func(p *peer) { p.accept(); test.do(p) })
			d := &dimse.Dialer{}
			if strings.HasPrefix(name, "silent: ") {
				d.ResponseTimeout = 300 * time.Millisecond
			}
			c := dial(t, d, addr, storage())
			m := message(1, size)
			if test.message != nil {
				test.message(&m)
			}
			if status, err := c.Store(t.Context(), m); !test.check(err) {
				t.Errorf("Store = %v, %v", status, err)
			}
			if _, err := c.Store(t.Context(), message(2, 100)); err == nil {
				t.Error("an association that failed could be used")
			}
		})
	}
}

var errDisk = errors.New("disk")

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// An object that cannot be sent to its end is never taken for whole by the
// provider.
func TestFailedReadAbortsTheObject(t *testing.T) {
	r := newRecorder()
	c := dial(t, &dimse.Dialer{}, serve(t, &dimse.Server{NewSession: r.NewSession}), storage())
	m := message(1, 1<<20)
	m.Data = io.MultiReader(pattern(1<<19), iotest.ErrReader(errDisk))
	if _, err := c.Store(t.Context(), m); !errors.Is(err, errDisk) {
		t.Errorf("Store: %v", err)
	}
	if err := r.end(t); !errors.As(err, new(*dimse.AbortedError)) {
		t.Errorf("association ended with %v", err)
	}
	if got := r.taken(); len(got) != 1 || got[0].Err == nil {
		t.Errorf("objects %+v", got)
	}
}

func TestStoreStatuses(t *testing.T) {
	statuses := []dimse.Status{0xA700, 0xB007, 0xC123, 0x0000, 0xFE00}
	addr := provider(t, func(p *peer) {
		p.accept()
		for i, s := range statuses {
			p.object()
			_, _ = p.Write(command(imageContext, storeRSP(uint16(i+1), uint16(s))))
		}
		_, _ = io.Copy(io.Discard, p)
	})
	c := dial(t, &dimse.Dialer{}, addr, storage())
	for i, want := range statuses {
		if status, err := c.Store(t.Context(), message(i, 100)); err != nil || status != want {
			t.Errorf("Store = %v, %v, want %v", status, err, want)
		}
	}
}

func TestCancelledStore(t *testing.T) {
	read := make(chan struct{})
	addr := provider(t, func(p *peer) { p.accept(); p.object(); close(read); _, _ = io.Copy(io.Discard, p) })
	c := dial(t, &dimse.Dialer{}, addr, storage())
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-read; cancel() }()
	if _, err := c.Store(ctx, message(1, 1000)); !errors.Is(err, context.Canceled) {
		t.Errorf("Store: %v", err)
	}
}

// Providers that close the connection when asked to release have understood as
// well.
func TestRelease(t *testing.T) {
	for name, do := range map[string]func(p *peer){
		"answered": func(p *peer) { _, _ = pdu.Read(p, 0); _, _ = p.Write((&pdu.ReleaseRP{}).Append(nil)) },
		"closed":   func(p *peer) { _, _ = pdu.Read(p, 0) },
		"collided": func(p *peer) {
			_, _ = p.Write((&pdu.ReleaseRQ{}).Append(nil))
			_, _ = pdu.Read(p, 0)
			_, _ = pdu.Read(p, 0)
			_, _ = p.Write((&pdu.ReleaseRP{}).Append(nil))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, &dimse.Dialer{}, provider(t, func(p *peer) { p.accept(); do(p) }), storage())
			if err := c.Release(t.Context()); err != nil {
				t.Error(err)
			}
			if _, err := c.Echo(t.Context()); err == nil {
				t.Error("a released association could be used")
			}
		})
	}
}

// A peer that does not answer the request to release is left after a time of its
// own, which is shorter than that for an object.
func TestReleaseThatIsNotAnswered(t *testing.T) {
	addr := provider(t, func(p *peer) { p.accept(); _, _ = io.Copy(io.Discard, p) })
	c := dial(t, &dimse.Dialer{ReleaseTimeout: 50 * time.Millisecond, ResponseTimeout: time.Hour}, addr, storage())
	if err := c.Release(t.Context()); !isTimeout(err) {
		t.Errorf("Release: %v", err)
	}
}

// A data set of odd length goes in fragments of even length (PS3.8 annex E.1).
func TestOddDataSetIsPadded(t *testing.T) {
	for _, size := range []int64{1, 100001, 1<<20 + 1} {
		r := newRecorder()
		c := dial(t, &dimse.Dialer{}, serve(t, &dimse.Server{NewSession: r.NewSession}), storage())
		if status, err := c.Store(t.Context(), message(1, size)); err != nil || !status.Success() {
			t.Fatalf("Store: %v, %v", status, err)
		}
		padded := sha256.New()
		_, _ = io.Copy(padded, io.MultiReader(pattern(size), bytes.NewReader([]byte{0})))
		if got := r.taken(); len(got) != 1 || got[0].Size != size+1 || string(got[0].Sum[:]) != string(padded.Sum(nil)) {
			t.Errorf("%d bytes came as %+v", size, got)
		}
	}
}

func TestStatus(t *testing.T) {
	tests := map[dimse.Status]struct {
		text                        string
		success, warning, retryable bool
	}{
		0x0000: {"0000 (success)", true, false, false},
		0xB000: {"B000 (warning: data elements were coerced)", false, true, false},
		0xB123: {"B123 (warning)", false, true, false},
		0xA701: {"A701 (out of resources)", false, false, true},
		0xA900: {"A900 (data set does not match SOP class)", false, false, false},
		0xC001: {"C001 (cannot understand)", false, false, false},
		0x0110: {"0110 (processing failure)", false, false, true},
		0x0213: {"0213 (resource limitation)", false, false, true},
		0x0122: {"0122 (SOP class not supported)", false, false, false},
		0x0107: {"0107 (warning: attribute list error)", false, true, false},
		0x0111: {"0111 (duplicate SOP instance)", false, false, false},
		0xFE00: {"FE00 (canceled)", false, false, false},
		0x1234: {"1234 (failure)", false, false, false},
	}
	for s, want := range tests {
		if s.String() != want.text || s.Success() != want.success || s.Warning() != want.warning || s.Retryable() != want.retryable ||
			s.Failure() == (want.success || want.warning) {
			t.Errorf("%v: success %v, warning %v, failure %v, retryable %v", s, s.Success(), s.Warning(), s.Failure(), s.Retryable())
		}
	}
}
