package deliver

import (
	"context"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
)

const ctImage dcm.UID = "1.2.840.10008.5.1.4.1.1.2"

// peer is a DICOM node whose behaviour a test sets.
type peer struct {
	mu       sync.Mutex
	reject   *dimse.Reject                               // of associations
	rejected func()                                      // called when it has rejected one
	accepts  func(dcm.UID) bool                          // of SOP classes
	status   func(instance dcm.UID) (dimse.Status, bool) // false: the connection breaks
	change   func(*run.Delivery)                         // of its delivery
	received []dcm.UID
	stop     context.CancelFunc
	address  netip.AddrPort
	ended    chan struct{}
}

func (p *peer) Store(ctx context.Context, r *dimse.StoreRequest) dimse.Status {
	_, _ = io.Copy(io.Discard, r.Data)
	status, ok := p.take(r.SOPInstanceUID)
	if !ok {
		p.stop()
		<-ctx.Done() // so that the connection breaks before the answer is sent
		return dimse.OutOfResources
	}
	return status
}

func (p *peer) take(instance dcm.UID) (status dimse.Status, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	status, ok = dimse.Success, true
	if p.status != nil {
		status, ok = p.status(instance)
	}
	if ok && !status.Failure() {
		p.received = append(p.received, instance)
	}
	return status, ok
}

func (p *peer) Released(context.Context) error { return nil }
func (p *peer) Aborted(error)                  {}

func (p *peer) admit() *dimse.Reject {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reject != nil && p.rejected != nil {
		p.rejected()
	}
	return p.reject
}

func (p *peer) got() []dcm.UID {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.received
}

// listen starts the peer, at the address that it had before if it had one.
func (p *peer) listen(t *testing.T) {
	t.Helper()
	address := "127.0.0.1:0"
	if p.address.IsValid() {
		address = p.address.String()
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	p.address = netip.MustParseAddrPort(listener.Addr().String())
	var ctx context.Context
	ctx, p.stop = context.WithCancel(context.Background())
	server := &dimse.Server{
		Admit:      func(*dimse.AssociateRequest) *dimse.Reject { return p.admit() },
		Accepts:    p.accepts,
		NewSession: func(context.Context, *dimse.Association) (dimse.Session, *dimse.Reject) { return p, nil },
		Grace:      time.Millisecond,
	}
	ended, stop := make(chan struct{}), p.stop
	p.ended = ended
	go func() { defer close(ended); _ = server.Serve(ctx, listener) }()
	t.Cleanup(func() { stop(); <-ended })
}
