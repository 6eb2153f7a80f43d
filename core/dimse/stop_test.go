package dimse_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// start serves until stop is called; ended then yields what Serve returned.
func start(t *testing.T, s *dimse.Server) (addr string, stop context.CancelFunc, ended chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	ended = make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	return l.Addr().String(), cancel, ended
}

// A server that stops takes nobody new and lets who is there finish.
func TestStopLetsAssociationsFinish(t *testing.T) {
	r := newRecorder()
	addr, stop, ended := start(t, &dimse.Server{NewSession: r.NewSession, Grace: time.Minute})
	c := dial(t, &dimse.Dialer{}, addr, storage())
	silent := connectRaw(t, addr)
	stop()
	if _, err := io.Copy(io.Discard, silent); isTimeout(err) {
		t.Error("a connection without an association outlived the stop")
	}
	for {
		if conn, err := net.Dial("tcp", addr); err != nil {
			break
		} else {
			_ = conn.Close()
		}
	}
	if status, err := c.Store(t.Context(), message(1, 1000)); err != nil || !status.Success() {
		t.Fatalf("%v, %v", status, err)
	}
	if err := c.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if err := r.end(t); err != nil {
		t.Errorf("association ended with %v", err)
	}
}

func TestStopAbortsWhatDoesNotFinish(t *testing.T) {
	r := newRecorder()
	addr, stop, ended := start(t, &dimse.Server{NewSession: r.NewSession, Grace: 50 * time.Millisecond})
	p := connectPeer(t, addr)
	p.send(join(command(imageContext, storeRQ(1, "1.2.3")), fragment(imageContext, false, false, []byte("half an "))))
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if err := r.end(t); !errors.Is(err, dimse.ErrServerStopped) {
		t.Errorf("association ended with %v", err)
	}
	p.expectAbort(pdu.AbortedByUser, pdu.ReasonNotSpecified)
}

func TestBrokenListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	if err := new(dimse.Server).Serve(t.Context(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve: %v", err)
	}
}
