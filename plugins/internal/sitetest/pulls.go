package sitetest

import (
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// SilentRegistry takes connections and never answers.
func SilentRegistry(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			group.Go(func() { _, _ = io.Copy(io.Discard, conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		for _, conn := range open {
			conn.Close()
		}
		mu.Unlock()
		group.Wait()
	})
	return listener.Addr().String()
}

// WhilePulling has a task whose registry never answers listed, recovered, and
// stopped.
func WhilePulling(t *testing.T, make Maker) {
	t.Parallel()
	s := make(t, "")
	task := s.Task("true")
	task.Container.Image, task.Container.Pull = SilentRegistry(t)+"/never:latest", sdk.PullAlways
	begun := time.Now()
	s.Start(task)
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("start waited %v for the registry", took)
	}
	s.Until(task.Attempt, sdk.Pulling)
	if held, err := s.Executor.List(t.Context()); err != nil || !slices.Equal(held, []sdk.Held{{Attempt: task.Attempt}}) {
		t.Errorf("list: %v, %v", held, err)
	}
	s.Relaunch()
	if err := s.Executor.Recover(t.Context(), task, nil); sdk.KindOf(err) != sdk.NotFound {
		t.Errorf("recover: %v", err)
	}
	s.Start(task)
	s.Until(task.Attempt, sdk.Pulling)
	if err := s.Executor.Logs(t.Context(), task.Attempt, sdk.LogRequest{Stream: sdk.Stdout}, nil); err != nil {
		t.Errorf("logs: %v", err)
	}
	if err := s.Executor.Stop(t.Context(), task.Attempt, time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := s.Watch(task.Attempt); got.Reason != sdk.Stopped || !got.Started.IsZero() {
		t.Errorf("%+v", got.Exit)
	}
}
