package bench

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dimse"
)

// slowPeer is a receiver that keeps nothing, and answers an object when some time
// has passed since it came.
type slowPeer struct {
	address string
	takes   time.Duration
	stored  atomic.Int64
}

func startSlowPeer(b *testing.B, takes time.Duration) *slowPeer {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	p := &slowPeer{address: listener.Addr().String(), takes: takes}
	server := &dimse.Server{
		MaxOperations: 1, // as most archives
		NewSession:    func(context.Context, *dimse.Association) (dimse.Session, *dimse.Reject) { return p, nil },
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
	b.Cleanup(func() {
		stop()
		<-ended
	})
	return p
}

// Store takes an object and forgets it.
func (p *slowPeer) Store(_ context.Context, r *dimse.StoreRequest) dimse.Status {
	if _, err := io.Copy(io.Discard, r.Data); err != nil {
		return dimse.CannotUnderstand
	}
	time.Sleep(p.takes)
	p.stored.Add(1)
	return dimse.Success
}

// Released agrees.
func (p *slowPeer) Released(context.Context) error { return nil }

// Aborted is not expected.
func (p *slowPeer) Aborted(error) {}
