package service_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/service"
)

// manager listens as a service manager does.
func manager(t *testing.T, watchdog string) (*service.Manager, *net.UnixConn) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	environment := map[string]string{"NOTIFY_SOCKET": path, "WATCHDOG_USEC": watchdog}
	return service.Of(func(name string) (string, bool) { value, ok := environment[name]; return value, ok }), socket
}

func next(t *testing.T, socket *net.UnixConn) string {
	t.Helper()
	if err := socket.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	text := make([]byte, 4096)
	n, err := socket.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(text[:n])
}

func TestTheManagerIsTold(t *testing.T) {
	m, socket := manager(t, "")
	for _, step := range []struct {
		do   func() error
		want string
	}{
		{func() error { return m.Ready("3 flows\nREADY=0") }, "READY=1\nSTATUS=3 flows READY=0"},
		{m.Reloading, "RELOADING=1\nMONOTONIC_USEC="},
		{m.Stopping, "STOPPING=1"},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if got := next(t, socket); !strings.HasPrefix(got, step.want) {
			t.Errorf("the manager is told %q, want %q", got, step.want)
		}
	}
}

// An agent that is not alive leaves the watchdog to do its work.
func TestWatchdog(t *testing.T) {
	m, socket := manager(t, "30000")
	ctx, stop := context.WithCancel(t.Context())
	asked := 0
	stuck := make(chan struct{})
	alive := func(context.Context) error {
		if asked++; asked > 2 {
			if asked == 6 {
				close(stuck)
			}
			return errors.New("the database does not answer")
		}
		return nil
	}
	ended := make(chan error, 1)
	go func() { ended <- m.Watch(ctx, alive, hclog.NewNullLogger()) }()
	for range 2 {
		if got := next(t, socket); got != "WATCHDOG=1" {
			t.Errorf("the manager is told %q", got)
		}
	}
	<-stuck
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := m.Stopping(); err != nil {
		t.Fatal(err)
	}
	if got := next(t, socket); got != "STOPPING=1" {
		t.Errorf("an agent that is not alive says %q", got)
	}
}

func TestWithoutAManager(t *testing.T) {
	m := service.Of(func(string) (string, bool) { return "", false })
	if m != nil || m.Ready("") != nil || m.Reloading() != nil || m.Stopping() != nil || m.Watch(t.Context(), nil, nil) != nil {
		t.Error("without a manager there is something to do")
	}
}
