package process_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
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

// site is a [sitetest.Site] whose tasks have ids that the tests choose.
type site struct {
	*sitetest.Site
	config *process.Config
}

// open is an executor that has nothing to close: another process finds all that it
// knows in its folder.
type open struct{ *process.Executor }

func (open) Close() error { return nil }

func newSite(t testing.TB, config process.Config) *site {
	t.Helper()
	s := &site{config: &config}
	s.Site = sitetest.New(t, func(where sdk.Site) sitetest.Executor {
		where.Instance = "process"
		executor := process.New(s.config)
		if err := executor.Configure(t.Context(), where); err != nil {
			t.Fatal(err)
		}
		return open{executor}
	})
	skipUnlessHealthy(t, s.Executor)
	return s
}

// in is the same site for a subtest.
func (s *site) in(t testing.TB) *site {
	of := *s.Site
	of.T = t
	return &site{&of, s.config}
}

func skipUnlessHealthy(t testing.TB, executor sitetest.Executor) {
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

func (s *site) path(elem ...string) string {
	return filepath.Join(append([]string{s.Root}, elem...)...)
}

// folder makes a folder of the agent's with files.
func (s *site) folder(name string, files map[string]string) string {
	s.T.Helper()
	var flat []string
	for file, content := range files {
		flat = append(flat, file, content)
	}
	return s.Folder(filepath.Join("data", name), flat...)
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

// end waits for the end of an attempt.
func (s *site) end(id sdk.AttemptID) *sdk.Exit {
	s.T.Helper()
	exit := s.Watch(id).Exit
	return &exit
}

// run starts a task and waits for its end.
func (s *site) run(task *sdk.Task) *sdk.Exit {
	s.T.Helper()
	s.Start(task)
	return s.end(task.Attempt)
}

// must runs a task that has to succeed, and returns what it printed.
func (s *site) must(task *sdk.Task) string {
	s.T.Helper()
	exit := s.run(task)
	if !exit.Succeeded() {
		s.T.Fatalf("%s: %+v\nstderr: %s", task.Attempt, *exit, s.Logs(task.Attempt, sdk.Stderr))
	}
	return s.Logs(task.Attempt, sdk.Stdout)
}

func (s *site) killShim(id sdk.AttemptID) {
	s.T.Helper()
	var shim attempt.Process
	data, err := os.ReadFile(s.path("executor", string(id), attempt.ProcessFile))
	if err := errors.Join(err, json.Unmarshal(data, &shim), shim.Signal(unix.SIGKILL)); err != nil {
		s.T.Fatal(err)
	}
}
