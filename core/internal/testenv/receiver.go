package testenv

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os/exec"
	"strconv"
	"testing"
)

// Receiver is a dcmtk storescp that keeps, byte for byte, what it is sent.
type Receiver struct {
	Dir  string
	Port int
	t    testing.TB
	stop func()
}

// Storescp starts a receiver on a free port. It takes any transfer syntax
// unless options say otherwise.
func Storescp(t testing.TB, options ...string) *Receiver {
	t.Helper()
	r := &Receiver{Dir: t.TempDir(), Port: FreePort(t), t: t}
	if len(options) == 0 {
		options = []string{"+xa"}
	}
	r.Start(options...)
	return r
}

// Start starts a receiver that was stopped, or another one in its place.
func (r *Receiver) Start(options ...string) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, Tool(r.t, "storescp"), append(options, "+B", "+uf", "-od", r.Dir, strconv.Itoa(r.Port))...)
	output := newLog()
	command.Stdout, command.Stderr = output, output
	if err := command.Start(); err != nil {
		r.t.Fatal(err)
	}
	ended := false
	r.stop = func() {
		if !ended {
			ended = true
			cancel()
			_ = command.Wait() // it was killed
		}
	}
	r.t.Cleanup(r.stop)
	Until(r.t, "storescp to listen", func() (bool, string) {
		conn, err := net.Dial("tcp", r.Address())
		if err != nil {
			return false, err.Error() + output.String()
		}
		return true, fmt.Sprint(conn.Close())
	})
}

// Stop ends the receiver.
func (r *Receiver) Stop() { r.stop() }

// Address is where the receiver listens: host and port.
func (r *Receiver) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(r.Port)) }

// Files are what came.
func (r *Receiver) Files() map[Key]File {
	r.t.Helper()
	return ReadFiles(r.t, r.Dir)
}

// Destination is the receiver as a flow's destination.
func (r *Receiver) Destination() string { return Destination(r.Port) }

// Destination is a port of this machine as an entry of a flow's destinations.
func Destination(port int) string {
	return fmt.Sprintf("{host: 127.0.0.1, port: %d, ae_title: ARCHIVE}", port)
}

// FreePort finds a port for a program that cannot choose one itself. It is none
// of those that the system gives to connections, so that hardly anybody takes
// it in between.
func FreePort(t testing.TB) int {
	t.Helper()
	for range 1000 {
		port := 12000 + rand.N(20000)
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
		return port
	}
	t.Fatal("no port is free")
	return 0
}
