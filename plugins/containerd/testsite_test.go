package containerd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
)

const busybox = "busybox:latest"

// site is a place with a real containerd, and folders of an agent.
type site struct {
	t        testing.TB
	root     string
	endpoint string
	executor *Executor
	config   string // JSON
}

var sites, attempts atomic.Int64

// newSite returns a site with a configured executor. It removes all it made when the test ends.
func newSite(t testing.TB, config string) *site {
	t.Helper()
	return newSiteAt(t, endpoint(), config)
}

func newSiteAt(t testing.TB, endpoint, config string) *site {
	t.Helper()
	if err := hasImage(t.Context(), endpoint); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no containerd with %s: run make services (%v)", busybox, err)
		}
		t.Skipf("no containerd with %s: run make services (%v)", busybox, err)
	}
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, root: root, endpoint: endpoint, config: config}
	s.executor = s.launch(fmt.Sprintf("test-%d-%d", os.Getpid(), sites.Add(1)))
	t.Cleanup(s.cleanUp)
	return s
}

// hasImage looks for the tests' image.
func hasImage(ctx context.Context, endpoint string) error {
	way, err := engine.New(engine.Place{Socket: strings.TrimPrefix(endpoint, "unix://"), Namespace: "raddeploy"})
	if err != nil {
		return err
	}
	defer way.Close()
	_, err = way.FindImage(ctx, "docker.io/library/"+busybox)
	return err
}

// endpoint is where the tests' containerd is.
func endpoint() string {
	return cmp.Or(os.Getenv("RADDEPLOY_TEST_CONTAINERD"), "unix:///run/raddeploy-containerd/containerd.sock")
}

// launch returns another executor for the same site, as another plugin process would be.
func (s *site) launch(name string) *Executor {
	s.t.Helper()
	config := &Config{}
	if found := sdk.Decode([]byte(s.config), config); len(found) > 0 {
		s.t.Fatalf("config: %v", found)
	}
	config.Endpoint = s.endpoint
	e := New(config)
	if err := e.Configure(s.t.Context(), sdk.Site{Name: name, Instance: "containerd", WorkDir: filepath.Join(s.root, "executor"), Roots: []string{s.root}}); err != nil {
		s.t.Fatal(err)
	}
	return e
}

// relaunch loses the executor as a killed plugin process is lost, and launches another one.
func (s *site) relaunch() {
	s.t.Helper()
	s.executor.Close()
	s.executor = s.launch(s.executor.site.Name)
}

func (s *site) cleanUp() {
	ctx := context.Background()
	held, err := s.executor.List(ctx)
	if err != nil {
		s.t.Errorf("clean up: %v", err)
	}
	for _, h := range held {
		if err := s.executor.Stop(ctx, h.Attempt, 0); err != nil {
			s.t.Errorf("clean up: %v", err)
		}
		if err := s.executor.Watch(ctx, h.Attempt, func(sdk.Event) error { return nil }); err != nil {
			s.t.Errorf("clean up: %v", err)
		}
		if err := s.executor.Remove(ctx, h.Attempt); err != nil {
			s.t.Errorf("clean up: %v", err)
		}
	}
	if left, err := s.executor.List(ctx); err != nil || len(left) > 0 {
		s.t.Errorf("left behind: %v, %v", left, err)
	}
	s.executor.Close()
}

// folder makes a folder of the agent with files in it, given as name and content.
func (s *site) folder(name string, files ...string) string {
	s.t.Helper()
	path := filepath.Join(s.root, name)
	if err := os.MkdirAll(path, 0o755); err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(files); i += 2 {
		file := filepath.Join(path, files[i])
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(files[i+1]), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	return path
}

// task returns an attempt at running a shell script in busybox.
func (s *site) task(script string, mounts ...sdk.Mount) *sdk.Task {
	id := sdk.AttemptID(fmt.Sprintf("test-%d-%d", os.Getpid(), attempts.Add(1)))
	return &sdk.Task{
		Attempt: id, Run: "run1", Flow: "flow", Model: "model", Number: 1, WorkDir: s.folder("work-" + string(id)), Mounts: mounts,
		Container: sdk.Container{Image: busybox, Pull: sdk.PullMissing, Command: []string{"sh", "-c", script}, NetworkDisabled: true},
	}
}

func (s *site) start(task *sdk.Task) {
	s.t.Helper()
	if _, err := s.executor.Start(s.t.Context(), task); err != nil {
		s.t.Fatalf("start %s: %v", task.Attempt, err)
	}
}

// ended is what a watcher has seen of an attempt.
type ended struct {
	sdk.Exit
	states   []sdk.State
	warnings []string
}

// watch watches an attempt to its end.
func (s *site) watch(id sdk.AttemptID) ended {
	s.t.Helper()
	var out ended
	exits := 0
	err := s.executor.Watch(s.t.Context(), id, func(e sdk.Event) error {
		switch {
		case e.Exit != nil:
			out.Exit = *e.Exit
			exits++
		case e.State != 0:
			out.states = append(out.states, e.State)
		case e.Warning != "":
			out.warnings = append(out.warnings, e.Warning)
		}
		return nil
	})
	if err != nil || exits != 1 {
		s.t.Fatalf("watch %s: %v, %d exits", id, err, exits)
	}
	return out
}

func (s *site) run(task *sdk.Task) ended {
	s.t.Helper()
	s.start(task)
	return s.watch(task.Attempt)
}

var errEnough = errors.New("enough")

// until watches an attempt until it is in a state.
func (s *site) until(id sdk.AttemptID, want sdk.State) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	err := s.executor.Watch(ctx, id, func(e sdk.Event) error {
		if e.State >= want {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		s.t.Fatalf("watch %s until state %d: %v", id, want, err)
	}
}

// logs reads one stream of an attempt.
func (s *site) logs(id sdk.AttemptID, stream sdk.Stream) string {
	s.t.Helper()
	var out strings.Builder
	err := s.executor.Logs(s.t.Context(), id, sdk.LogRequest{Stream: stream}, func(c sdk.LogChunk) error {
		out.Write(c.Data)
		return nil
	})
	if err != nil {
		s.t.Fatalf("logs of %s: %v", id, err)
	}
	return out.String()
}

func (s *site) read(elements ...string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{s.root}, elements...)...))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}
