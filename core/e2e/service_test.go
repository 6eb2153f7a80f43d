package e2e_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
)

// The program tells a service manager when it is ready, reloading and stopping,
// and meanwhile that it is alive.
func TestTheServiceManagerIsTold(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("copy", copies)
	path := filepath.Join(site.Dir, "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	command := exec.CommandContext(t.Context(), programs.Agent, "agent", "-config", filepath.Join(site.Dir, "config"))
	command.Env = append(os.Environ(), "NOTIFY_SOCKET="+path, "WATCHDOG_USEC=300000")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	await := func(want string) {
		t.Helper()
		if err := socket.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		for text := make([]byte, 4096); ; {
			n, err := socket.Read(text)
			if err != nil {
				t.Fatalf("the manager is not told %s: %v", want, err)
			}
			if strings.Contains(string(text[:n]), want) {
				return
			}
		}
	}
	signal := func(s syscall.Signal) {
		t.Helper()
		if err := command.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	await("READY=1\nSTATUS=receives on 127.0.0.1:")
	await("WATCHDOG=1")
	await("WATCHDOG=1")
	signal(syscall.SIGHUP)
	await("RELOADING=1\nMONOTONIC_USEC=")
	await("READY=1\n")
	signal(syscall.SIGTERM)
	await("STOPPING=1")
	if err := command.Wait(); err != nil {
		t.Errorf("the agent: %v", err)
	}
}
