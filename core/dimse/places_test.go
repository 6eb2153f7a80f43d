package dimse_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// connectFrom connects from one of this machine's own addresses, such as
// 127.0.0.2, and says nothing.
func connectFrom(t *testing.T, from, addr string) *peer {
	t.Helper()
	conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).Dial("tcp", addr)
	if err != nil {
		t.Skipf("this machine has no address %s: %v", from, err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &peer{conn, t}
}

// associate requests an association and returns why it was rejected, or nil.
func (p *peer) associate() *pdu.AssociateRJ {
	p.t.Helper()
	p.send(associateRQ().Append(nil))
	switch got := p.read().(type) {
	case *pdu.AssociateAC:
		return nil
	case *pdu.AssociateRJ:
		return got
	default:
		p.t.Fatalf("%v came as the answer to A-ASSOCIATE-RQ", got.Type())
		return nil
	}
}

// seatFrom asks for an association from an address until there is a place for it,
// and calls meanwhile in between.
func seatFrom(t *testing.T, from, addr string, meanwhile func()) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		p := connectFrom(t, from, addr)
		if p.associate() == nil {
			return
		}
		_ = p.Close()
		if time.Now().After(deadline) {
			t.Fatalf("no place was made for a sender at %s", from)
		}
		if meanwhile != nil {
			meanwhile()
		}
	}
}

var limitExceeded = pdu.AssociateRJ{Result: pdu.RejectedTransient, Source: pdu.RejectedByPresentation, Reason: 2}

func TestSilentConnectionsOfOneAddressLockNobodyOut(t *testing.T) {
	r := newRecorder()
	addr := serve(t, &dimse.Server{NewSession: r.NewSession, MaxAssociations: 4})
	for range 150 {
		connectFrom(t, "127.0.0.2", addr)
	}
	for _, from := range []string{"127.0.0.1", "127.0.0.2"} {
		if rejected := connectFrom(t, from, addr).associate(); rejected != nil {
			t.Errorf("a sender at %s is rejected: %+v", from, rejected)
		}
	}
}

func TestIdleAssociationsOfOneAddressLockNobodyOut(t *testing.T) {
	r := newRecorder()
	addr := serve(t, &dimse.Server{NewSession: r.NewSession, MaxAssociations: 8})
	for i := range 8 {
		rejected := connectFrom(t, "127.0.0.2", addr).associate()
		if i < 6 && rejected != nil || i >= 6 && (rejected == nil || *rejected != limitExceeded) {
			t.Errorf("association %d of one address: %+v", i+1, rejected)
		}
	}
	for range 2 {
		if rejected := connectFrom(t, "127.0.0.1", addr).associate(); rejected != nil {
			t.Errorf("a sender at another address is rejected: %+v", rejected)
		}
	}
	if rejected := connectFrom(t, "127.0.0.3", addr).associate(); rejected == nil || *rejected != limitExceeded {
		t.Errorf("a place is taken from associations that have just begun: %+v", rejected)
	}
}

func TestIdleAssociationsGiveWay(t *testing.T) {
	r := newRecorder()
	addr := serve(t, &dimse.Server{NewSession: r.NewSession, MaxAssociations: 8, ARTIM: 100 * time.Millisecond})
	for range 6 {
		connectFrom(t, "127.0.0.2", addr).associate()
	}
	for range 2 {
		connectFrom(t, "127.0.0.3", addr).associate()
	}
	seatFrom(t, "127.0.0.1", addr, nil) // once the others have been idle for long enough
	if err := r.end(t); !errors.Is(err, dimse.ErrPlaceNeeded) {
		t.Errorf("an association ended with %v", err)
	}
}

// A C-ECHO now and then keeps no place: what an association is for is objects.
func TestEchoesKeepNoPlace(t *testing.T) {
	r := newRecorder()
	addr := serve(t, &dimse.Server{NewSession: r.NewSession, MaxAssociations: 3, ARTIM: time.Second})
	var guests []*peer
	for range 3 {
		p := connectFrom(t, "127.0.0.2", addr)
		p.associate()
		guests = append(guests, p)
	}
	seatFrom(t, "127.0.0.1", addr, func() {
		for i, p := range guests {
			p.send(command(echoContext, echoRQ(uint16(i+1))))
			if _, err := pdu.Read(p, 1<<20); err != nil {
				break // it gave way
			}
		}
	})
}

// An association that waits for this side's answer is not idle.
func TestWhatWaitsForAnAnswerKeepsItsPlace(t *testing.T) {
	for name, window := range map[string]*pdu.AsyncWindow{"one operation": nil, "window": {Invoked: 4, Performed: 1}} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder()
			stored, safe := make(chan struct{}), make(chan struct{})
			r.store = func(_ context.Context, rq *dimse.StoreRequest) dimse.Status {
				_, _ = rq.Data.WriteTo(discard{})
				close(stored)
				<-safe
				return dimse.Success
			}
			addr := serve(t, &dimse.Server{NewSession: r.NewSession, MaxAssociations: 3, ARTIM: time.Second})
			waiting := connectFrom(t, "127.0.0.2", addr)
			windowOf(t, waiting, window)
			waiting.send(join(command(imageContext, storeRQ(1, "1.2.3")), fragment(imageContext, false, true, make([]byte, 10))))
			<-stored
			for range 2 {
				connectFrom(t, "127.0.0.2", addr).associate()
			}
			seatFrom(t, "127.0.0.1", addr, nil)
			close(safe)
			waiting.expectStatus(0x8001, 1, uint16(dimse.Success))
		})
	}
}

// A byte now and then does not hold a place longer than silence does.
func TestAPeerThatTricklesIsAborted(t *testing.T) {
	r := newRecorder()
	addr := serve(t, &dimse.Server{NewSession: r.NewSession, IdleTimeout: 300 * time.Millisecond})
	p := connectPeer(t, addr)
	p.send(join(command(imageContext, storeRQ(1, "1.2.3")), fragment(imageContext, false, false, make([]byte, 1000))[:20]))
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if _, err := p.Write([]byte{0}); err != nil {
					return
				}
			case <-stop:
				return
			}
		}
	}()
	if got := p.read(); got.Type() != pdu.TypeAbort {
		t.Errorf("%v came, want A-ABORT", got.Type())
	}
}

func TestStrangersTakeNoPlaceOfPeers(t *testing.T) {
	r := newRecorder()
	s := &dimse.Server{NewSession: r.NewSession}
	stranger := netip.MustParseAddr("127.0.0.2")
	s.Change(dimse.Limits{
		MaxAssociations: 1,
		Stranger:        func(a netip.Addr) bool { return a == stranger },
		Admit: func(rq *dimse.AssociateRequest) *dimse.Reject {
			if rq.RemoteAddr.Addr() == stranger {
				return dimse.CallingAENotRecognized()
			}
			return nil
		},
	})
	addr := serve(t, s)
	for range 50 {
		connectFrom(t, "127.0.0.2", addr)
	}
	want := pdu.AssociateRJ{Result: pdu.RejectedPermanent, Source: pdu.RejectedByUser, Reason: 3}
	if rejected := connectFrom(t, "127.0.0.2", addr).associate(); rejected == nil || *rejected != want {
		t.Errorf("a stranger that asks is told %+v, want %+v", rejected, want)
	}
	if rejected := connectFrom(t, "127.0.0.1", addr).associate(); rejected != nil {
		t.Errorf("a peer is rejected: %+v", rejected)
	}
}

// Servers that share their places share one limit, and a peer with a share of its
// own has no more than that.
func TestPlacesAreShared(t *testing.T) {
	r := newRecorder()
	limits := dimse.Limits{MaxAssociations: 3, Share: func(rq *dimse.AssociateRequest) (string, int) {
		if rq.RemoteAddr.Addr() == netip.MustParseAddr("127.0.0.2") {
			return "scanner", 1
		}
		return "", 0
	}}
	one, two := &dimse.Server{NewSession: r.NewSession}, &dimse.Server{NewSession: r.NewSession}
	two.Places = &dimse.Places{}
	one.Places = two.Places
	one.Change(limits)
	two.Change(limits)
	first, second := serve(t, one), serve(t, two)
	if rejected := connectFrom(t, "127.0.0.2", first).associate(); rejected != nil {
		t.Errorf("the first association of a peer is rejected: %+v", rejected)
	}
	if rejected := connectFrom(t, "127.0.0.2", second).associate(); rejected == nil || *rejected != limitExceeded {
		t.Errorf("the second of a peer that may have one: %+v", rejected)
	}
	for i, addr := range []string{first, second, first} {
		if rejected := connectFrom(t, "127.0.0.1", addr).associate(); (rejected != nil) != (i == 2) {
			t.Errorf("association %d of others, where 2 are left: %+v", i+1, rejected)
		}
	}
}

// What was refused is told with titles, address and reason; what was not even a
// request, with its address.
func TestRejectionsAreTold(t *testing.T) {
	type told struct {
		calling, called, reason string
	}
	rejections := make(chan told, 10)
	addr := serve(t, &dimse.Server{
		Admit: func(*dimse.AssociateRequest) *dimse.Reject {
			return dimse.CalledAENotRecognized().Because("SCP is not ours")
		},
		Rejected: func(rq *dimse.AssociateRequest, reason string) {
			if rq.RemoteAddr.Addr() != netip.MustParseAddr("127.0.0.1") {
				t.Errorf("told of address %v", rq.RemoteAddr)
			}
			rejections <- told{string(rq.CallingAE), string(rq.CalledAE), reason}
		},
	})
	connectFrom(t, "127.0.0.1", addr).associate()
	if got, want := <-rejections, (told{"RAW", "SCP", "permanent: called AE title not recognized: SCP is not ours"}); got != want {
		t.Errorf("told %+v, want %+v", got, want)
	}
	connectFrom(t, "127.0.0.1", addr).send([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
	if got := <-rejections; got.calling != "" || got.called != "" || got.reason == "" {
		t.Errorf("told %+v of a web client", got)
	}
}

// A health check that connects and says nothing is no peer that was rejected.
func TestNothingIsToldOfSilence(t *testing.T) {
	for name, secured := range map[string]*tls.Config{"plain": nil, "TLS": {Certificates: []tls.Certificate{newIdentity(t).pair}}} {
		t.Run(name, func(t *testing.T) {
			told := make(chan string, 1)
			addr := serve(t, &dimse.Server{TLS: secured, Rejected: func(_ *dimse.AssociateRequest, reason string) { told <- reason }})
			connectRaw(t, addr).expectClose()
			if len(told) > 0 {
				t.Errorf("told: %s", <-told)
			}
		})
	}
}
