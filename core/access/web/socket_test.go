package web

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
)

// short makes a folder whose path leaves room for a socket's name, and which
// every user may enter.
func short(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "rd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// answer serves a socket that says who asks.
func answer(t *testing.T, path string, shared config.Socket) {
	t.Helper()
	listener, err := ListenSocket(path, shared)
	if err != nil {
		t.Fatal(err)
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := Who(r)
		io.WriteString(w, who.Name+" is "+string(who.Role)+" by "+string(who.Known))
	})
	server := &http.Server{Handler: open().Handler(handler), ConnContext: ConnContext}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
}

// The kernel says who asks: the agent's own user may everything, others whom the
// socket's mode lets in are operators, and the rest are not let in.
func TestSocketPeers(t *testing.T) {
	dir := short(t)
	own, shared := filepath.Join(dir, "own.sock"), filepath.Join(dir, "shared.sock")
	answer(t, own, config.Socket{})
	we, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if got := curl(t, own); got != we.Username+" is admin by socket" {
		t.Errorf("the agent's own user: %s", got)
	}
	if we.Uid != "0" {
		t.Skip("only root can ask as another user")
	}
	answer(t, shared, config.Socket{Shared: true, Group: "nogroup"})
	if got := curl(t, shared, "runuser", "-u", "nobody", "--"); got != "nobody is operator by socket" {
		t.Errorf("a member of the group: %s", got)
	}
	for path, who := range map[string]string{own: "nobody", shared: "daemon"} {
		if got := curl(t, path, "runuser", "-u", who, "--"); !strings.Contains(got, "exit status 7") { // curl(1): failed to connect
			t.Errorf("%s at %s, whom its mode keeps out: %s", who, path, got)
		}
	}
}

// curl asks on a socket, as somebody else if it is run by another program.
func curl(t *testing.T, socket string, as ...string) string {
	t.Helper()
	line := append(as, "curl", "-sS", "--unix-socket", socket, "http://localhost/v1/status")
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("needs curl (apt-get install curl)")
	}
	output, err := exec.CommandContext(t.Context(), line[0], line[1:]...).CombinedOutput()
	if err != nil {
		return string(output) + err.Error()
	}
	return string(output)
}

// A socket that a killed agent left is taken over; nothing else is.
func TestSocketsThatAreThere(t *testing.T) {
	dir := short(t)
	path := filepath.Join(dir, "agent.sock")
	stale, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ListenSocket(path, config.Socket{}); err == nil || !strings.Contains(err.Error(), "another process answers there") {
		t.Errorf("a live one: %v", err)
	}
	stale.(*net.UnixListener).SetUnlinkOnClose(false)
	stale.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Fatalf("no socket is left: %v", err)
	}
	taken, err := ListenSocket(path, config.Socket{})
	if err != nil {
		t.Fatalf("a stale one: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	taken.Close()
	if err := os.WriteFile(path, []byte("a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ListenSocket(path, config.Socket{}); err == nil || !strings.Contains(err.Error(), "something else than a socket") {
		t.Errorf("a file: %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "a file" {
		t.Errorf("the file is gone: %v", err)
	}
}

func TestSocketPathTooLong(t *testing.T) {
	_, err := ListenSocket("/"+strings.Repeat("d", 108), config.Socket{})
	if !errors.Is(err, ErrSocketPath) || !strings.Contains(err.Error(), "109 bytes, and 107 are possible") {
		t.Errorf("%v", err)
	}
	long := filepath.Join(short(t), strings.Repeat("d", 200))
	long = long[:longestSocket]
	listener, err := ListenSocket(long, config.Socket{})
	if err != nil {
		t.Fatalf("the longest: %v", err)
	}
	listener.Close()
}

// Over TCP nobody is a user of this host.
func TestConnectionsOfTCP(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	ctx := ConnContext(context.Background(), a)
	if who, ok := ctx.Value(whoKey{}).(run.Actor); ok {
		t.Errorf("%+v", who)
	}
}

// Nobody can connect while the socket's mode is not set yet, whatever the umask is.
func TestSocketIsPrivateFromTheBeginning(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	path := filepath.Join(short(t), "agent.sock")
	listener, err := listenPrivately(path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if info, err := os.Lstat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if conn, err := net.Dial("unix", path); err != nil {
		t.Errorf("its own user: %v", err)
	} else {
		conn.Close()
	}
}
