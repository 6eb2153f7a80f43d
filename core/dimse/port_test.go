package dimse_test

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/problem"
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
	t.Run("in use", func(t *testing.T) {
		first := dial(t, d, addr, storage())
		<-r.opened
		second, err := d.Dial(t.Context(), addr, storage())
		if err == nil {
			second.Abort()
			t.Fatal("two associations have the same ports")
		}
		want := fmt.Sprintf("local port %d is in use", port)
		if !strings.Contains(problem.Reason(err), want) || !strings.Contains(problem.Advice(err), "one association at a time") {
			t.Errorf("%s; %s, want %s", problem.Reason(err), problem.Advice(err), want)
		}
		if err := first.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		_ = r.end(t)
	})
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
		c, err := d.Dial(t.Context(), addr, storage())
		if err == nil {
			c.Abort()
			t.Fatal("a port that another program listens on was used")
		}
		if want := fmt.Sprintf("local port %d is in use", d.SourcePort); !strings.Contains(problem.Reason(err), want) {
			t.Errorf("%v, want %s", err, want)
		}
	})
}
