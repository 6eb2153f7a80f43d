package plugin_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	hclog "github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/sdk"
)

func TestAttemptGoesOnAfterItsPluginWasKilled(t *testing.T) {
	s, backend := spec(t)
	e := ready(t, s)
	task := &sdk.Task{Attempt: "a", Options: []byte(`{"hold": true}`)}
	handle, err := e.Start(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan sdk.Event, 10)
	watched := make(chan error, 1)
	go func() {
		watched <- e.Watch(context.Background(), "a", func(event sdk.Event) error { seen <- event; return nil })
	}()
	if event := <-seen; event.State != sdk.Running {
		t.Fatalf("the first event is %+v, want the running state", event)
	}
	killed := e.PID()
	signal(t, killed, syscall.SIGKILL)
	if err := <-watched; sdk.KindOf(err) != sdk.Unavailable {
		t.Fatalf("the open stream ended with %v, want an error of kind Unavailable", err)
	}

	until(t, e, "a second plugin process", func() bool { return e.Generation() == 2 && e.Err() == nil })
	if pid := e.PID(); pid == killed {
		t.Errorf("the plugin still has process id %d", pid)
	}
	if err := e.Recover(t.Context(), task, handle); err != nil {
		t.Fatal(err)
	}
	if err := backend.Release("a"); err != nil {
		t.Fatal(err)
	}
	var exit *sdk.Exit
	if err := e.Watch(t.Context(), "a", func(event sdk.Event) error { exit = event.Exit; return nil }); err != nil {
		t.Fatal(err)
	}
	if exit == nil || !exit.Succeeded() {
		t.Errorf("it ended as %+v, want success", exit)
	}
}

func TestPluginThatHangsIsReplaced(t *testing.T) {
	s, _ := spec(t)
	e := plugin.New(s, nil)
	e.Hurry(time.Second)
	start(t, e)
	if err := e.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	signal(t, e.PID(), syscall.SIGSTOP)
	until(t, e, "another plugin process", func() bool { return e.Generation() >= 2 })
}

func TestCallsAreUnavailableWithoutThePlugin(t *testing.T) {
	s, _ := spec(t)
	e := plugin.New(s, nil)
	if _, err := e.List(t.Context()); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("before Run: %v, want an error of kind Unavailable", err)
	}
	if e.Fingerprint().Health == sdk.Healthy {
		t.Error("it is healthy before it was launched")
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	if err := e.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	pid := e.PID()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("run: %v", err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the plugin's process is still there after Run: %v", err)
	}
	if _, err := e.List(t.Context()); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("after Run: %v, want an error of kind Unavailable", err)
	}
}

func TestWhyAnExecutorIsAway(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*plugin.Spec)
		want   string
	}{
		{"absent", func(s *plugin.Spec) { s.Path = "/nowhere/raddeploy-executor-fake" }, "is not there"},
		{"other checksum", func(s *plugin.Spec) { s.SHA256 = strings.Repeat("ab", 32) }, "checksum"},
		{"other plugin", func(s *plugin.Spec) { s.Name = "docker" }, `is the executor "fake", not "docker"`},
		{"unsafe name", func(s *plugin.Spec) { s.Path, s.Name = "", "../fake" }, "characters of a-z"},
		{"undecodable", func(s *plugin.Spec) {
			s.Decode = func(sdk.Schema) ([]byte, error) { return nil, errors.New("site.hcl:3:5: unknown word") }
		}, "site.hcl:3:5: unknown word"},
		{"unknown word", func(s *plugin.Spec) {
			s.Decode = func(sdk.Schema) ([]byte, error) { return []byte(`{"dir": "/x", "slot": 2}`), nil }
		}, `config.slot: unknown word "slot": did you mean slots?`},
		{"refused", func(s *plugin.Spec) {
			s.Decode = func(sdk.Schema) ([]byte, error) { return []byte(`{"dir": "x"}`), nil }
		}, `config.dir: "dir" must be an absolute path`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, _ := spec(t)
			test.change(&s)
			e := run(t, s)
			err := e.Ready(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			if now := e.Fingerprint(); now.Health != sdk.Unhealthy || !strings.Contains(now.Message, test.want) {
				t.Errorf("fingerprint %+v does not tell of it", now)
			}
		})
	}
}

func TestConfigurationErrorsKeepTheirDiagnostics(t *testing.T) {
	s, _ := spec(t)
	s.Decode = func(sdk.Schema) ([]byte, error) { return []byte(`{"dir": "/x", "slots": "two"}`), nil }
	err := run(t, s).Ready(t.Context())
	var typed *sdk.Error
	if !errors.As(err, &typed) || len(typed.Diagnostics) != 1 {
		t.Fatalf("error %v, want one with a diagnostic", err)
	}
	if path := strings.Join(typed.Diagnostics[0].Path, "."); path != "config.slots" {
		t.Errorf("its path is %s, want config.slots", path)
	}
}

func TestTheSameReasonIsToldOnce(t *testing.T) {
	s, _ := spec(t)
	s.Path = "/nowhere/raddeploy-executor-fake"
	var log bytes.Buffer
	var mu sync.Mutex
	e := plugin.New(s, hclog.New(&hclog.LoggerOptions{Output: &log, Mutex: &mu}))
	e.Hurry(time.Minute)
	start(t, e)
	for range 5 { // launches
		changed := e.Changed()
		<-changed
	}
	mu.Lock()
	defer mu.Unlock()
	if times := strings.Count(log.String(), "executor is away"); times != 1 {
		t.Errorf("told %d times:\n%s", times, log.String())
	}
	if want := `is not there" advice="install it, or correct the site's plugin_dir"`; !strings.Contains(log.String(), want) {
		t.Errorf("no %s in\n%s", want, log.String())
	}
}

func TestHealthIsFollowed(t *testing.T) {
	s, backend := spec(t)
	e := ready(t, s)
	until(t, e, "healthy", func() bool { return e.Fingerprint().Health == sdk.Healthy })
	if err := backend.SetHealth(sdk.Undetected, "start the backend"); err != nil {
		t.Fatal(err)
	}
	until(t, e, "undetected", func() bool { return e.Fingerprint().Health == sdk.Undetected })
	if now := e.Fingerprint(); now.Message != "start the backend" || !now.Local {
		t.Errorf("fingerprint %+v", now)
	}
}

func TestInspectLeavesNothingRunning(t *testing.T) {
	s, _ := spec(t)
	s.Decode = nil
	description, err := plugin.Inspect(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := description.Options.Field("hold"); !ok || description.Name != "fake" {
		t.Errorf("description %+v", description)
	}
}

func TestFind(t *testing.T) {
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ folder, name, want string }{
		{"/opt/plugins", "docker", "/opt/plugins/raddeploy-executor-docker"},
		{"", "slurm", own[:strings.LastIndex(own, "/")] + "/plugins/raddeploy-executor-slurm"},
		{"/opt/plugins", "a/b", ""},
		{"/opt/plugins", "..", ""},
		{"/opt/plugins", "", ""},
	} {
		got, err := plugin.Find(test.folder, test.name)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("Find(%q, %q) = %q, %v, want %q", test.folder, test.name, got, err, test.want)
		}
	}
}

// The site knows where its configuration stands: what a plugin complains about
// is told by that.
func TestComplaintsAreExplained(t *testing.T) {
	s, _ := spec(t)
	s.Decode = func(sdk.Schema) ([]byte, error) { return []byte(`{"dir": "x"}`), nil }
	s.Explain = func(found sdk.Diagnostics) error {
		return errors.New("site.hcl:3:5: " + found[0].Path[1] + ": " + found[0].Summary)
	}
	err := run(t, s).Ready(t.Context())
	var typed *sdk.Error
	if want := `site.hcl:3:5: dir: "dir" must be an absolute path`; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("error %v, want one with %q", err, want)
	}
	if !errors.As(err, &typed) || typed.Kind != sdk.InvalidArgument {
		t.Errorf("error %v is not the plugin's any more", err)
	}
}
