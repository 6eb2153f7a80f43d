package bench

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// noDelay has dcmtk's programs send without Nagle's algorithm, which they leave
// on unless their environment says this.
var noDelay = []string{"TCP_NODELAY=1"}

// tool returns the path of a peer's program. Without it the benchmark is left out.
func tool(b *testing.B, name string) string {
	b.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		skip(b, name+" is not installed: run make services")
	}
	return path
}

// storescp is a running receiver of dcmtk.
type storescp struct{ dir, address string }

// startStorescp starts dcmtk's storescp as it is, but for its environment and
// options.
func startStorescp(b *testing.B, environment []string, options ...string) *storescp {
	b.Helper()
	s := &storescp{dir: b.TempDir()}
	for range 20 { // somebody may take the port in between
		port := freePort(b)
		s.address = net.JoinHostPort("127.0.0.1", port)
		command := exec.Command(tool(b, "storescp"), append(options, "-od", s.dir, port)...)
		command.Env = append(os.Environ(), environment...)
		if err := command.Start(); err != nil {
			b.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			_ = command.Wait() // it is killed
			close(ended)
		}()
		if s.listens(ended) {
			b.Cleanup(func() {
				_ = command.Process.Kill() // it may have ended
				<-ended
			})
			return s
		}
	}
	b.Fatal("storescp does not start")
	return nil
}

func (s *storescp) listens(ended <-chan struct{}) bool {
	for range 1000 {
		if conn, err := net.Dial("tcp", s.address); err == nil {
			_ = conn.Close() // nothing was said
			return true
		}
		select {
		case <-ended:
			return false
		case <-time.After(5 * time.Millisecond):
		}
	}
	return false
}

// discard removes what was received.
func (s *storescp) discard(b *testing.B) {
	b.Helper()
	if err := os.RemoveAll(s.dir); err != nil {
		b.Fatal(err)
	}
	if err := os.Mkdir(s.dir, 0o755); err != nil {
		b.Fatal(err)
	}
}

func freePort(b *testing.B) string {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

// storescu sends files over one association with dcmtk's storescu as it is, but
// for its environment, and returns objects per second.
func storescu(b *testing.B, environment []string, to string, files []string) float64 {
	b.Helper()
	settle()
	objects, err := rate(storescuCommand(b, environment, to, files), len(files))
	if err != nil {
		b.Fatal(err)
	}
	return objects
}

func storescuCommand(b *testing.B, environment []string, to string, files []string) *exec.Cmd {
	b.Helper()
	command := exec.Command(tool(b, "storescu"), append(hostPort(b, to), files...)...)
	command.Env = append(os.Environ(), environment...)
	return command
}

// hostPort is an address as dcmtk's programs take it.
func hostPort(b *testing.B, address string) []string {
	b.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		b.Fatal(err)
	}
	return []string{host, port}
}

// rate runs a program that handles n objects, and returns objects per second.
func rate(command *exec.Cmd, n int) (float64, error) {
	begun := time.Now()
	if output, err := command.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", command.Path, err, output)
	}
	return float64(n) / time.Since(begun).Seconds(), nil
}
