package process_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/process"
	"github.com/raddeploy/raddeploy/plugins/process/internal/attempt"
	"github.com/raddeploy/raddeploy/plugins/process/internal/shim"
	"github.com/raddeploy/raddeploy/sdk"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	shim.RunIfAsked()
	startIfAsked()
	os.Exit(m.Run())
}

// site is a place where tasks run: an agent's folders and an executor. A second
// executor on the same folders is what a new plugin process is after the first
// was killed.
type site struct {
	t        testing.TB
	dir      string
	config   *process.Config
	executor *process.Executor
}

func newSite(t testing.TB, config process.Config) *site {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, dir: dir, config: &config}
	s.restart()
	skipUnlessHealthy(t, s.executor)
	return s
}

// in is the same site for a subtest.
func (s *site) in(t testing.TB) *site {
	in := *s
	in.t = t
	return &in
}

// restart forgets all that the executor knows but what stands in its folder.
func (s *site) restart() {
	s.executor = process.New(s.config)
	err := s.executor.Configure(s.t.Context(), sdk.Site{Name: "test", Instance: "process", WorkDir: s.path("executor"), Roots: []string{s.path("data")}})
	if err != nil {
		s.t.Fatal(err)
	}
}

func skipUnlessHealthy(t testing.TB, executor *process.Executor) {
	t.Helper()
	done := errors.New("one is enough")
	err := executor.Fingerprint(t.Context(), func(f sdk.Fingerprint) error {
		if f.Health == sdk.Healthy {
			return done
		}
		return errors.New(f.Message)
	})
	switch {
	case errors.Is(err, done):
	case os.Getenv("CI") == "true":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}

func (s *site) path(elem ...string) string { return filepath.Join(append([]string{s.dir}, elem...)...) }

// folder makes a folder of the agent's with files.
func (s *site) folder(name string, files map[string]string) string {
	s.t.Helper()
	path := s.path("data", name)
	if err := os.MkdirAll(path, 0o755); err != nil {
		s.t.Fatal(err)
	}
	for file, content := range files {
		if err := os.WriteFile(filepath.Join(path, file), []byte(content), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	return path
}

// shell is a task that runs a script with the host's shell.
func (s *site) shell(id, script string, mounts ...sdk.Mount) *sdk.Task {
	return &sdk.Task{
		Attempt:   sdk.AttemptID(id),
		Container: sdk.Container{Image: "busybox", Command: []string{"sh", "-c", script}},
		Mounts:    mounts,
		WorkDir:   s.folder("work-"+id, nil),
	}
}

func (s *site) input(source, target string) sdk.Mount {
	return sdk.Mount{Role: sdk.Input, Name: "src", Source: source, Target: target}
}

func (s *site) output(name, target string) (sdk.Mount, string) {
	source := s.folder(name, nil)
	return sdk.Mount{Role: sdk.Output, Name: name, Source: source, Target: target}, source
}

func (s *site) start(task *sdk.Task) {
	s.t.Helper()
	if _, err := s.executor.Start(s.t.Context(), task); err != nil {
		s.t.Fatalf("start %s: %v", task.Attempt, err)
	}
	s.t.Cleanup(func() { // not s.t's context, which has ended by now
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := s.executor.Stop(ctx, task.Attempt, 0); err != nil && sdk.KindOf(err) != sdk.NotFound {
			s.t.Error(err)
		} else if err == nil {
			if err := s.executor.Watch(ctx, task.Attempt, func(sdk.Event) error { return nil }); err != nil {
				s.t.Error(err)
			}
		}
		if err := s.executor.Remove(ctx, task.Attempt); err != nil {
			s.t.Error(err)
		}
		if _, err := os.Lstat(filepath.Join(task.WorkDir, "process")); err == nil {
			s.t.Errorf("Remove left something in the work folder of %s", task.Attempt)
		}
	})
}

// end waits for the end of an attempt.
func (s *site) end(id sdk.AttemptID) *sdk.Exit {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	var exits []*sdk.Exit
	err := s.executor.Watch(ctx, id, func(e sdk.Event) error {
		if e.Exit != nil {
			exits = append(exits, e.Exit)
		}
		return nil
	})
	if err != nil || len(exits) != 1 {
		s.t.Fatalf("watch %s: %d exits, error %v", id, len(exits), err)
	}
	return exits[0]
}

// run starts a task and waits for its end.
func (s *site) run(task *sdk.Task) *sdk.Exit {
	s.t.Helper()
	s.start(task)
	return s.end(task.Attempt)
}

// must runs a task that has to succeed, and returns what it printed.
func (s *site) must(task *sdk.Task) string {
	s.t.Helper()
	exit := s.run(task)
	if !exit.Succeeded() {
		s.t.Fatalf("%s: %+v\nstderr: %s", task.Attempt, *exit, s.log(task.Attempt, sdk.Stderr))
	}
	return s.log(task.Attempt, sdk.Stdout)
}

func (s *site) log(id sdk.AttemptID, stream sdk.Stream) string {
	s.t.Helper()
	var all bytes.Buffer
	err := s.executor.Logs(s.t.Context(), id, sdk.LogRequest{Stream: stream}, func(c sdk.LogChunk) error {
		all.Write(c.Data)
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all.String()
}

// until waits until the attempt prints a word on standard output.
func (s *site) until(id sdk.AttemptID, word string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	var all strings.Builder
	found := errors.New("found")
	err := s.executor.Logs(ctx, id, sdk.LogRequest{Stream: sdk.Stdout, Follow: true}, func(c sdk.LogChunk) error {
		all.Write(c.Data)
		if strings.Contains(all.String(), word) {
			return found
		}
		return nil
	})
	if !errors.Is(err, found) {
		s.t.Fatalf("%s never printed %q: %v; it printed %q", id, word, err, all.String())
	}
}

func (s *site) killShim(id sdk.AttemptID) {
	s.t.Helper()
	var shim attempt.Process
	data, err := os.ReadFile(s.path("executor", string(id), attempt.ProcessFile))
	if err := errors.Join(err, json.Unmarshal(data, &shim), shim.Signal(unix.SIGKILL)); err != nil {
		s.t.Fatal(err)
	}
}
