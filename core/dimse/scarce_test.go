package dimse_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/raddeploy/raddeploy/core/dimse"
)

// pipes is a listener whose connections need no network.
type pipes struct {
	accept chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{accept: make(chan net.Conn), closed: make(chan struct{})} }

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-l.accept:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipes) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// connect returns the other end of a new connection.
func (l *pipes) connect() net.Conn {
	ours, theirs := net.Pipe()
	l.accept <- theirs
	return ours
}

// While half of the connections are silent ones, a new one has a sixth of the time to
// request an association.
func TestScarcePlacesShortenTheTimeToAsk(t *testing.T) {
	const associations, half = 4, (2*4 + 16) / 2
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if err := (&dimse.Server{MaxAssociations: associations, ARTIM: 30 * time.Second}).Serve(ctx, l); err != nil {
				t.Error(err)
			}
		})
		var mu sync.Mutex
		closed := map[time.Duration]int{}
		for range half + 2 {
			conn, came := l.connect(), time.Now()
			synctest.Wait()
			all.Go(func() {
				defer conn.Close()
				_, _ = conn.Read(make([]byte, 1)) // until it is closed
				mu.Lock()
				defer mu.Unlock()
				closed[time.Since(came)]++
			})
		}
		time.Sleep(time.Minute)
		stop()
		all.Wait()
		if got, want := fmt.Sprint(closed), fmt.Sprint(map[time.Duration]int{30 * time.Second: half, 5 * time.Second: 2}); got != want {
			t.Errorf("closed after %s, want %s", got, want)
		}
	})
}

// Each association holds a buffer and little more, whatever its peer has sent of an
// object.
func TestMemoryOfSixtyFourAssociations(t *testing.T) {
	const associations, fragments, length = 64, 128, 16 << 10
	addr := serve(t, &dimse.Server{MaxAssociations: 2 * associations,
		NewSession: func(context.Context, *dimse.Association) (dimse.Session, *dimse.Reject) { return quiet{}, nil }})
	_, before := settled(t, 0)
	part := fragment(imageContext, false, false, make([]byte, length))
	for range associations {
		p := connectPeer(t, addr)
		p.send(command(imageContext, storeRQ(1, "1.2.3")))
		for range fragments {
			p.send(part)
		}
	}
	_, with := settled(t, 0)
	const each = 320 << 10 // of which 256 KiB are the buffer
	if with > before+associations*each {
		t.Errorf("%d bytes are in use, %d before: more than %d for an association", with, before, each)
	}
	if sent := fragments * length; sent < 4*each {
		t.Fatalf("%d bytes sent to each say nothing", sent)
	}
}
