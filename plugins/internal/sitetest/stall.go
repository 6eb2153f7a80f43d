package sitetest

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Way is a way to an engine that a test can block: whoever takes it finds that
// the engine does not answer, while all goes on there.
type Way struct {
	Endpoint string // unix:///path

	to   string
	pass sync.RWMutex // held for writing while nothing passes
}

// NewWay returns a way to the engine at an endpoint, unix:///path.
func NewWay(t testing.TB, endpoint string) *Way {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "engine")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	w := &Way{Endpoint: "unix://" + socket, to: strings.TrimPrefix(endpoint, "unix://")}
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			go w.join(from)
		}
	}()
	return w
}

// Stall blocks the way until resume is called.
func (w *Way) Stall(context.Context) (resume func() error, err error) {
	w.pass.Lock()
	once := sync.OnceFunc(w.pass.Unlock)
	return func() error { once(); return nil }, nil
}

func (w *Way) join(from net.Conn) {
	defer from.Close()
	to, err := net.Dial("unix", w.to)
	if err != nil {
		return
	}
	defer to.Close()
	var both sync.WaitGroup
	both.Go(func() { w.carry(to.(*net.UnixConn), from) })
	both.Go(func() { w.carry(from.(*net.UnixConn), to) })
	both.Wait()
}

// carry copies what comes from one end to the other, as far as the way is free.
func (w *Way) carry(to *net.UnixConn, from io.Reader) {
	defer to.CloseWrite()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		w.pass.RLock()
		_, failed := to.Write(buffer[:n])
		w.pass.RUnlock()
		if err != nil || failed != nil {
			return
		}
	}
}
