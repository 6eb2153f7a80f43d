package dimse_test

import (
	"net"
	"strconv"
	"testing"

	"github.com/raddeploy/raddeploy/core/dimse"
)

// One association after the other comes from the same local port, without a
// wait for TIME_WAIT, to our provider and to storescp.
func TestSourcePort(t *testing.T) {
	r := newRecorder()
	addr := serve(t, &dimse.Server{NewSession: r.NewSession})
	port, err := strconv.Atoi(freePort(t))
	if err != nil {
		t.Fatal(err)
	}
	d := &dimse.Dialer{SourcePort: port}
	for range 3 {
		c := dial(t, d, addr, storage())
		if a := <-r.opened; int(a.RemoteAddr.Port()) != port {
			t.Errorf("association comes from port %d, not %d", a.RemoteAddr.Port(), port)
		}
		if err := c.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := r.end(t); err != nil {
			t.Errorf("association ended with %v", err)
		}
	}
	t.Run("storescp", func(t *testing.T) {
		peer, _ := storescp(t, nil)
		for range 3 {
			c := dial(t, d, peer, storage())
			if status, err := c.Echo(t.Context()); err != nil || !status.Success() {
				t.Errorf("Echo = %v, %v", status, err)
			}
			if err := c.Release(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("taken", func(t *testing.T) {
		l, err := net.Listen("tcp", ":0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		d := &dimse.Dialer{SourcePort: l.Addr().(*net.TCPAddr).Port}
		if c, err := d.Dial(t.Context(), addr, storage()); err == nil {
			c.Abort()
			t.Error("a port that another program listens on was used")
		}
	})
}
