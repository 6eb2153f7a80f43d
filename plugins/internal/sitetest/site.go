// Package sitetest is what the tests of executors of container engines on this
// host share: a place with folders of an agent and a real executor, and the
// tests that hold alike for all of them. How an executor is made comes in;
// failures of the test come out. Nothing but tests may import it.
package sitetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Busybox is the image that tests run.
const Busybox = "busybox:latest"

// Executor is what tests ask of an executor.
type Executor interface {
	sdk.Executor
	sdk.LogReader
	Close() error
}

// Site is a place with a real engine, and folders of an agent.
type Site struct {
	T        testing.TB
	Root     string
	Executor Executor
	Name     string

	make func(sdk.Site) Executor
}

// Maker makes a site whose executor has a configuration, given as JSON.
type Maker func(t testing.TB, config string) *Site

var sites, attempts atomic.Int64

// process is a name that no other process of these tests has had. A process id
// comes again, and an engine keeps what a killed run has left.
var process = strings.ToLower(rand.Text()[:10])

// Next is a number that nothing else in this process has.
func Next() int64 { return attempts.Add(1) }

// New returns a site with an executor. It removes all it made when the test
// ends. Make returns a configured executor.
func New(t testing.TB, make func(sdk.Site) Executor) *Site {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &Site{T: t, Root: root, Name: fmt.Sprintf("test-%s-%d", process, sites.Add(1)), make: make}
	s.Executor = s.Launch(s.Name)
	t.Cleanup(s.cleanUp)
	return s
}

// Need skips a test that cannot run here, or fails it where it has to.
func Need(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Registry is where make services has a registry with the tests' image.
const Registry = "127.0.0.1:5000"

// NeedRegistry skips a test where there is none, or fails it where it has to.
func NeedRegistry(t testing.TB) {
	t.Helper()
	answer, err := http.Get("http://" + Registry + "/v2/busybox/manifests/latest")
	if err == nil {
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return
		}
		err = errors.New(answer.Status)
	}
	Need(t, "no registry with an image: run make services (%v)", err)
}

// Launch returns another executor for the same folders, as another plugin
// process would be.
func (s *Site) Launch(name string) Executor {
	s.T.Helper()
	return s.make(sdk.Site{Name: name, WorkDir: filepath.Join(s.Root, "executor"), Roots: []string{s.Root}})
}

// Relaunch loses the executor as a killed plugin process is lost, and launches
// another one.
func (s *Site) Relaunch() {
	s.T.Helper()
	s.Executor.Close()
	s.Executor = s.Launch(s.Name)
}

func (s *Site) cleanUp() {
	ctx := context.Background()
	held, err := s.Executor.List(ctx)
	if err != nil {
		s.T.Errorf("clean up: %v", err)
	}
	for _, h := range held {
		if err := s.Executor.Stop(ctx, h.Attempt, 0); err != nil {
			s.T.Errorf("clean up: %v", err)
		}
		if err := s.Executor.Watch(ctx, h.Attempt, func(sdk.Event) error { return nil }); err != nil {
			s.T.Errorf("clean up: %v", err)
		}
		if err := s.Executor.Remove(ctx, h.Attempt); err != nil {
			s.T.Errorf("clean up: %v", err)
		}
	}
	if left, err := s.Executor.List(ctx); err != nil || len(left) > 0 {
		s.T.Errorf("left behind: %v, %v", left, err)
	}
	s.Executor.Close()
}

// Folder makes a folder of the agent with files in it, given as name and content.
func (s *Site) Folder(name string, files ...string) string {
	s.T.Helper()
	path := filepath.Join(s.Root, name)
	if err := os.MkdirAll(path, 0o755); err != nil {
		s.T.Fatal(err)
	}
	for i := 0; i+1 < len(files); i += 2 {
		file := filepath.Join(path, files[i])
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			s.T.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(files[i+1]), 0o644); err != nil {
			s.T.Fatal(err)
		}
	}
	return path
}

// Read reads a file of the site.
func (s *Site) Read(elements ...string) string {
	s.T.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{s.Root}, elements...)...))
	if err != nil {
		s.T.Fatal(err)
	}
	return string(text)
}

// Task returns an attempt at running a shell script in busybox.
func (s *Site) Task(script string, mounts ...sdk.Mount) *sdk.Task {
	id := sdk.AttemptID(fmt.Sprintf("test-%s-%d", process, Next()))
	return &sdk.Task{
		Attempt: id, Run: "run1", Flow: "flow", Model: "model", Number: 1, WorkDir: s.Folder("work-" + string(id)), Mounts: mounts,
		Container: sdk.Container{Image: Busybox, Pull: sdk.PullMissing, Command: []string{"sh", "-c", script}, NetworkDisabled: true},
	}
}

// Start starts a task.
func (s *Site) Start(task *sdk.Task) {
	s.T.Helper()
	if _, err := s.Executor.Start(s.T.Context(), task); err != nil {
		s.T.Fatalf("start %s: %v", task.Attempt, err)
	}
}

// Ended is what a watcher has seen of an attempt.
type Ended struct {
	sdk.Exit
	States   []sdk.State
	Warnings []string
}

// Watch watches an attempt to its end.
func (s *Site) Watch(id sdk.AttemptID) Ended {
	s.T.Helper()
	out, exits, err := s.watch(id)
	if err != nil || exits != 1 {
		s.T.Fatalf("watch %s: %v, %d exits", id, err, exits)
	}
	return out
}

// WatchAgain watches an attempt to its end as an agent does, again while nobody
// can tell: for as long as an engine that was away may need.
func (s *Site) WatchAgain(id sdk.AttemptID) Ended {
	s.T.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		out, exits, err := s.watch(id)
		switch {
		case err == nil && exits == 1:
			return out
		case sdk.KindOf(err) != sdk.Unavailable || exits != 0 || time.Now().After(deadline):
			s.T.Fatalf("watch %s again: %v, %d exits", id, err, exits)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (s *Site) watch(id sdk.AttemptID) (out Ended, exits int, err error) {
	err = s.Executor.Watch(s.T.Context(), id, func(e sdk.Event) error {
		switch {
		case e.Exit != nil:
			out.Exit = *e.Exit
			exits++
		case e.State != 0:
			out.States = append(out.States, e.State)
		case e.Warning != "":
			out.Warnings = append(out.Warnings, e.Warning)
		}
		return nil
	})
	return out, exits, err
}

// Run starts a task and watches it to its end.
func (s *Site) Run(task *sdk.Task) Ended {
	s.T.Helper()
	s.Start(task)
	return s.Watch(task.Attempt)
}

// ErrEnough ends a stream that has told what was asked for.
var ErrEnough = errors.New("enough")

// Until watches an attempt until it is in a state.
func (s *Site) Until(id sdk.AttemptID, want sdk.State) {
	s.T.Helper()
	ctx, cancel := context.WithTimeout(s.T.Context(), 30*time.Second)
	defer cancel()
	err := s.Executor.Watch(ctx, id, func(e sdk.Event) error {
		if e.State >= want {
			return ErrEnough
		}
		return nil
	})
	if !errors.Is(err, ErrEnough) {
		s.T.Fatalf("watch %s until state %d: %v", id, want, err)
	}
}

// Logs reads one stream of an attempt.
func (s *Site) Logs(id sdk.AttemptID, stream sdk.Stream) string {
	s.T.Helper()
	var out strings.Builder
	err := s.Executor.Logs(s.T.Context(), id, sdk.LogRequest{Stream: stream}, func(c sdk.LogChunk) error {
		out.Write(c.Data)
		return nil
	})
	if err != nil {
		s.T.Fatalf("logs of %s: %v", id, err)
	}
	return out.String()
}

// Says waits until an attempt has written a text.
func (s *Site) Says(id sdk.AttemptID, want string) {
	s.T.Helper()
	ctx, cancel := context.WithTimeout(s.T.Context(), 30*time.Second)
	defer cancel()
	var said strings.Builder
	err := s.Executor.Logs(ctx, id, sdk.LogRequest{Stream: sdk.Stdout, Follow: true}, func(c sdk.LogChunk) error {
		if said.Write(c.Data); strings.Contains(said.String(), want) {
			return ErrEnough
		}
		return nil
	})
	if err != ErrEnough {
		s.T.Fatalf("%s said %q, want %q: %v", id, said.String(), want, err)
	}
}

// Appears waits until a task has written a file, where nothing tells of it.
func (s *Site) Appears(name string) {
	s.T.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(s.Root, name)); err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.T.Fatalf("%s does not come", name)
		}
	}
}
