package dimse_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

func windowOf(t *testing.T, p *peer, proposed *pdu.AsyncWindow) *pdu.AsyncWindow {
	t.Helper()
	rq := associateRQ()
	rq.User.AsyncWindow = proposed
	p.send(rq.Append(nil))
	ac, ok := p.read().(*pdu.AssociateAC)
	if !ok {
		t.Fatal("no A-ASSOCIATE-AC came")
	}
	return ac.User.AsyncWindow
}

func TestWindowIsGranted(t *testing.T) {
	tests := map[string]struct {
		server   *dimse.Server
		proposed *pdu.AsyncWindow
		granted  *pdu.AsyncWindow
	}{
		"not proposed": {&dimse.Server{}, nil, nil},
		"small":        {&dimse.Server{}, &pdu.AsyncWindow{Invoked: 3, Performed: 3}, &pdu.AsyncWindow{Invoked: 3, Performed: 1}},
		"large":        {&dimse.Server{}, &pdu.AsyncWindow{Invoked: 1000, Performed: 1}, &pdu.AsyncWindow{Invoked: 16, Performed: 1}},
		"unlimited":    {&dimse.Server{}, &pdu.AsyncWindow{}, &pdu.AsyncWindow{Invoked: 16, Performed: 1}},
		"limit of the server": {&dimse.Server{MaxOperations: 1}, &pdu.AsyncWindow{Invoked: 8, Performed: 8},
			&pdu.AsyncWindow{Invoked: 1, Performed: 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := windowOf(t, connectRaw(t, serve(t, test.server)), test.proposed)
			if (got == nil) != (test.granted == nil) || got != nil && *got != *test.granted {
				t.Errorf("granted %+v, want %+v", got, test.granted)
			}
		})
	}
}

// With a window, the objects of one association are made safe at the same time:
// here a Store that waits for three others would never return without.
func TestStoresOverlapInAWindow(t *testing.T) {
	const window, objects = 4, 12
	r := newRecorder()
	var running, most atomic.Int32
	meet := make(chan struct{})
	r.store = func(_ context.Context, rq *dimse.StoreRequest) dimse.Status {
		n, err := rq.Data.WriteTo(discard{})
		r.add(stored{SOPInstanceUID: rq.SOPInstanceUID, Size: n, Err: err})
		now := running.Add(1)
		defer running.Add(-1)
		most.Store(max(most.Load(), now))
		if rq.MessageID%window == 0 {
			for range window - 1 {
				<-meet
			}
		} else {
			meet <- struct{}{}
		}
		return dimse.Success
	}
	p := connectRaw(t, serve(t, &dimse.Server{NewSession: r.NewSession}))
	if got := windowOf(t, p, &pdu.AsyncWindow{Invoked: window, Performed: 1}); got == nil || got.Invoked != window {
		t.Fatalf("granted %+v", got)
	}
	for i := range objects { // all at once, more than the window allows
		p.send(join(command(imageContext, storeRQ(uint16(i+1), string(instance(i)))), fragment(imageContext, false, true, make([]byte, 1000+2*i))))
	}
	answered := map[uint16]bool{}
	for range objects {
		c := parse(p.read().(*pdu.Data).PDVs[0].Fragment)
		if c[0x0100] != 0x8001 || c[0x0900] != 0 || answered[c[0x0120]] {
			t.Errorf("response %04X", c)
		}
		answered[c[0x0120]] = true
	}
	p.release()
	if err := r.end(t); err != nil {
		t.Error(err)
	}
	for _, o := range r.taken() {
		if o.Err != nil || o.Size < 1000 {
			t.Errorf("object %+v", o)
		}
	}
	if len(r.taken()) != objects || most.Load() > window {
		t.Errorf("%d objects, at most %d at once; want %d and no more than %d", len(r.taken()), most.Load(), objects, window)
	}
}

// A release request waits for the objects that are being made safe, and an
// abort reaches them through their context.
func TestEndWithOperationsOpen(t *testing.T) {
	start := func(t *testing.T) (*recorder, *peer, chan struct{}) {
		r, goOn := newRecorder(), make(chan struct{})
		r.store = func(ctx context.Context, rq *dimse.StoreRequest) dimse.Status {
			n, err := rq.Data.WriteTo(discard{})
			select {
			case <-goOn:
			case <-ctx.Done():
				err = ctx.Err()
			}
			r.add(stored{Size: n, Err: err})
			return dimse.Success
		}
		p := connectRaw(t, serve(t, &dimse.Server{NewSession: r.NewSession}))
		windowOf(t, p, &pdu.AsyncWindow{Invoked: 2, Performed: 1})
		p.send(join(command(imageContext, storeRQ(1, "1.2.3")), fragment(imageContext, false, true, make([]byte, 100))))
		return r, p, goOn
	}
	t.Run("release", func(t *testing.T) {
		r, p, goOn := start(t)
		p.send((&pdu.ReleaseRQ{}).Append(nil))
		if n := len(r.ends); n != 0 {
			t.Error("association ended before its object was safe")
		}
		close(goOn)
		p.expectStatus(0x8001, 1, 0)
		if got := p.read(); got.Type() != pdu.TypeReleaseRP {
			t.Errorf("%v came", got.Type())
		}
		if err := r.end(t); err != nil || len(r.taken()) != 1 {
			t.Errorf("%v, %d objects", err, len(r.taken()))
		}
	})
	t.Run("abort", func(t *testing.T) {
		r, p, _ := start(t)
		p.send((&pdu.Abort{}).Append(nil))
		if err := r.end(t); err == nil {
			t.Error("association ended with a release")
		}
		if got := r.taken(); len(got) != 1 || got[0].Err == nil {
			t.Errorf("objects %+v", got)
		}
	})
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
