package dimse_test

import (
	"context"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// After 10,000 connections of every kind a server has the goroutines that it had
// before, and holds no more memory.
func TestTenThousandConnections(t *testing.T) {
	const connections, atOnce = 10_000, 20
	addr := serve(t, &dimse.Server{NewSession: func(_ context.Context, _ *dimse.Association) (dimse.Session, *dimse.Reject) { return quiet{}, nil },
		MaxAssociations: connections})
	for i := range kinds { // so that what is made once is there
		visit(t, addr, i)
	}
	goroutines, memory := settled(t, 0)

	var all sync.WaitGroup
	for worker := range atOnce {
		all.Go(func() {
			for i := worker; i < connections; i += atOnce {
				visit(t, addr, i)
			}
		})
	}
	all.Wait()
	after, then := settled(t, goroutines)
	if after > goroutines {
		t.Errorf("%d goroutines, %d before", after, goroutines)
	}
	if then > memory+4<<20 {
		t.Errorf("%d bytes in use, %d before", then, memory)
	}
}

// kinds are what connections do before they end.
var kinds = []func(p *peer){
	func(p *peer) {}, // a port scan
	func(p *peer) { p.send([]byte("\x01\x00\x00")) },                     // half of a header
	func(p *peer) { p.send(associateRQ().Append(nil)[:100]) },            // half of a request
	func(p *peer) { p.send(associateRQ().Append(nil)) },                  // no interest in the answer
	func(p *peer) { p.associated(); p.send((&pdu.Abort{}).Append(nil)) }, // aborted
	func(p *peer) { p.associated(); p.send((&pdu.ReleaseRQ{}).Append(nil)); p.answers(pdu.TypeReleaseRP) },
	func(p *peer) { p.associated(); p.send(command(imageContext, storeRQ(1, "1.2.3"))) }, // no data set
	func(p *peer) {
		p.associated()
		p.send(join(command(imageContext, storeRQ(1, "1.2.3")), fragment(imageContext, false, false, make([]byte, 1000)))) // half of it
	},
	func(p *peer) { p.send([]byte("GET / HTTP/1.1\r\n\r\n")); p.answers(pdu.TypeAbort) },
	func(p *peer) { p.associated(); _ = p.Conn.(*net.TCPConn).SetLinger(0) }, // a reset
}

func visit(t *testing.T, addr string, kind int) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	kinds[kind%len(kinds)](&peer{conn, t})
}

// associated has an association established.
func (p *peer) associated() {
	p.send(associateRQ().Append(nil))
	p.answers(pdu.TypeAssociateAC)
}

// answers reads an answer, in any goroutine.
func (p *peer) answers(want pdu.Type) {
	if got, err := pdu.Read(p, 1<<20); err != nil || got.Type() != want {
		p.t.Errorf("%v, %v came, want %v", got, err, want)
	}
}

// settled returns how many goroutines there are, once there are no more than some,
// and the memory in use.
func settled(t *testing.T, most int) (goroutines int, memory uint64) {
	t.Helper()
	last := 0
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		goroutines = runtime.NumGoroutine()
		if most > 0 && goroutines <= most || most == 0 && goroutines == last {
			break
		}
		last = goroutines
		time.Sleep(50 * time.Millisecond)
	}
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return goroutines, stats.HeapAlloc
}

// quiet takes objects and keeps nothing of them.
type quiet struct{}

func (quiet) Store(_ context.Context, r *dimse.StoreRequest) dimse.Status {
	_, _ = r.Data.WriteTo(discard{})
	return dimse.Success
}
func (quiet) Released(context.Context) error { return nil }
func (quiet) Aborted(error)                  {}
