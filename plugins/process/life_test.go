package process_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/raddeploy/raddeploy/plugins/process"
	"github.com/raddeploy/raddeploy/sdk"
)

func TestWatchTellsStatesThenOneExit(t *testing.T) {
	s := newSite(t, process.Config{})
	s.Start(s.shell("watched", "echo here; sleep 1000"))
	s.Says("watched", "here")
	var mu sync.Mutex
	var watchers sync.WaitGroup
	seen := make([][]string, 3)
	for i := range seen {
		watchers.Go(func() {
			err := s.Executor.Watch(t.Context(), "watched", func(e sdk.Event) error {
				mu.Lock()
				defer mu.Unlock()
				switch {
				case e.Exit != nil && e.Exit.Reason == sdk.Stopped:
					seen[i] = append(seen[i], "stopped")
				case e.State == sdk.Running:
					seen[i] = append(seen[i], "running")
				default:
					t.Errorf("unexpected event %+v", e)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	if err := s.Executor.Stop(t.Context(), "watched", time.Minute); err != nil {
		t.Error(err)
	}
	watchers.Wait()
	for _, events := range seen {
		if last := len(events) - 1; last < 0 || events[last] != "stopped" || last > 1 {
			t.Errorf("a watcher saw %q", events)
		}
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	s := newSite(t, process.Config{})
	s.Start(s.shell("long", "sleep 1000"))
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Executor.Watch(ctx, "long", func(e sdk.Event) error {
		if e.State == sdk.Running {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestStop(t *testing.T) {
	s := newSite(t, process.Config{})
	for name, test := range map[string]struct {
		script string
		grace  time.Duration
		code   int
	}{
		"gentle": {"trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.01; done", time.Minute, 5},
		"forced": {"trap '' TERM; echo ready; while :; do sleep 0.01; done", 50 * time.Millisecond, 137},
		"group":  {"(trap 'echo child' TERM; echo ready; sleep 1000 & wait) & trap 'wait; exit 6' TERM; wait", time.Minute, 6},
	} {
		t.Run(name, func(t *testing.T) {
			s, id := s.in(t), sdk.AttemptID(name)
			s.Start(s.shell(name, test.script))
			s.Says(id, "ready")
			if err := s.Executor.Remove(t.Context(), id); sdk.KindOf(err) != sdk.FailedPrecondition {
				t.Errorf("removed while it runs: %v", err)
			}
			if err := s.Executor.Stop(t.Context(), id, test.grace); err != nil {
				t.Fatal(err)
			}
			if exit := s.end(id); exit.Reason != sdk.Stopped || exit.Code != test.code {
				t.Errorf("got %+v", *exit)
			}
			if err := s.Executor.Stop(t.Context(), id, 0); err != nil {
				t.Errorf("stopping what has ended: %v", err)
			}
		})
	}
}

func TestTimeoutIsABackstop(t *testing.T) {
	s := newSite(t, process.Config{})
	task := s.shell("endless", "sleep 1000")
	task.Timeout = 100 * time.Millisecond
	exit := s.run(task)
	if exit.Reason != sdk.TimedOut || exit.Succeeded() {
		t.Errorf("got %+v", *exit)
	}
	if ran := exit.Finished.Sub(exit.Started); ran < task.Timeout {
		t.Errorf("ended after %v, before its timeout", ran)
	}
}

func TestStartTwiceIsOneTask(t *testing.T) {
	s := newSite(t, process.Config{})
	out, dir := s.output("dst", "/output")
	task := s.shell("twice", "echo once >> /output/count", out)
	s.Start(task)
	var starts sync.WaitGroup
	for range 8 {
		starts.Go(func() {
			other := process.New(s.config) // another plugin process, as far as it can tell
			if err := other.Configure(t.Context(), sdk.Site{WorkDir: s.path("executor"), Roots: []string{s.Root}}); err != nil {
				t.Error(err)
			}
			if _, err := other.Start(t.Context(), task); err != nil {
				t.Error(err)
			}
		})
	}
	starts.Wait()
	s.end("twice")
	if _, err := s.Executor.Start(t.Context(), task); err != nil {
		t.Error(err)
	}
	s.end("twice")
	if diff := cmp.Diff(map[string]string{"count": "once\n"}, contents(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownAttempt(t *testing.T) {
	s := newSite(t, process.Config{})
	ctx := t.Context()
	for call, err := range map[string]error{
		"Recover": s.Executor.Recover(ctx, s.shell("unknown", "true"), nil),
		"Watch":   s.Executor.Watch(ctx, "unknown", func(sdk.Event) error { return nil }),
		"Stop":    s.Executor.Stop(ctx, "unknown", 0),
		"Logs":    s.Executor.Logs(ctx, "unknown", sdk.LogRequest{Stream: sdk.Stdout}, func(sdk.LogChunk) error { return nil }),
	} {
		if sdk.KindOf(err) != sdk.NotFound {
			t.Errorf("%s: %v", call, err)
		}
	}
	if err := s.Executor.Remove(ctx, "unknown"); err != nil {
		t.Errorf("Remove: %v", err)
	}
	if err := s.Executor.Remove(ctx, "../data"); sdk.KindOf(err) != sdk.InvalidArgument {
		t.Errorf("an id that leads elsewhere: %v", err)
	}
}

func TestKilledShim(t *testing.T) {
	s := newSite(t, process.Config{})
	const mark = "a-process-of-TestKilledShim"
	s.Start(s.shell("orphan", "setsid sh -c 'echo ready; sleep 1000; : "+mark+"' & sleep 1000"))
	s.Says("orphan", "ready")
	if !runs(t, mark) {
		t.Error("the child of the command is not seen")
	}
	s.killShim("orphan")
	if exit := s.end("orphan"); exit.Reason != sdk.Vanished || exit.Message == "" || exit.Started.IsZero() {
		t.Errorf("got %+v", *exit)
	}
	if runs(t, mark) {
		t.Error("a child of the killed shim still runs after its end was told")
	}
}

// runs reports whether a process of the host has a word in its command line.
func runs(t *testing.T, word string) bool {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		line, _ := os.ReadFile(file) // many end while we look
		return bytes.Contains(line, []byte(word))
	})
}

// The test's program, asked by these two variables, is a plugin process that
// starts a task and then hangs until it is killed.
const (
	startDir  = "TEST_START_IN"
	startTask = "TEST_START_TASK"
)

func startIfAsked() {
	if os.Getenv(startDir) == "" {
		return
	}
	var task sdk.Task
	err := json.Unmarshal([]byte(os.Getenv(startTask)), &task)
	executor := process.New(new(process.Config))
	dir := os.Getenv(startDir)
	err = errors.Join(err, executor.Configure(context.Background(), sdk.Site{WorkDir: filepath.Join(dir, "executor"), Roots: []string{dir}}))
	if err == nil {
		_, err = executor.Start(context.Background(), &task)
	}
	if err != nil {
		os.Stdout.WriteString(err.Error())
		os.Exit(1)
	}
	os.Stdout.WriteString("started")
	select {}
}

func TestKilledPlugin(t *testing.T) {
	s := newSite(t, process.Config{})
	out, dir := s.output("dst", "/output")
	task := s.shell("survivor", "echo ready; until test -e /output/go; do sleep 0.01; done; echo done; exit 9", out)
	words, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	plugin := exec.Command(os.Args[0])
	plugin.Env = append(os.Environ(), startDir+"="+s.Root, startTask+"="+string(words))
	stdout, err := plugin.StdoutPipe()
	if err := errors.Join(err, plugin.Start()); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 1000)
	n, _ := stdout.Read(said)
	plugin.Process.Kill()
	plugin.Wait()
	if got := string(said[:n]); got != "started" {
		t.Fatalf("the plugin said %q", got)
	}

	if err := s.Executor.Recover(t.Context(), task, nil); err != nil {
		t.Fatal(err)
	}
	s.Start(task) // also for its cleanup
	s.Says("survivor", "ready")
	held, err := s.Executor.List(t.Context())
	if diff := cmp.Diff([]sdk.Held{{Attempt: "survivor"}}, held); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if exit := s.end("survivor"); exit.Reason != sdk.Exited || exit.Code != 9 {
		t.Errorf("got %+v", *exit)
	}
	s.Relaunch()
	held, err = s.Executor.List(t.Context())
	if diff := cmp.Diff([]sdk.Held{{Attempt: "survivor", Ended: true}}, held); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if got := s.Logs("survivor", sdk.Stdout); got != "ready\ndone\n" {
		t.Errorf("its output is %q", got)
	}
}

// A plugin that is killed while it tries the host leaves a folder. The next one
// removes it, and no attempt's.
func TestKilledPluginLeavesNoTrial(t *testing.T) {
	s := newSite(t, process.Config{})
	task := s.shell("kept", "exit 9")
	s.Start(task)
	s.end("kept")
	left := s.path("executor", ".try-123")
	if err := os.MkdirAll(filepath.Join(left, "process"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.Relaunch()
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is there still: %v", err)
	}
	held, err := s.Executor.List(t.Context())
	if diff := cmp.Diff([]sdk.Held{{Attempt: "kept", Ended: true}}, held); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestLogsGoOnFromACursor(t *testing.T) {
	s := newSite(t, process.Config{})
	out, dir := s.output("dst", "/output")
	s.Start(s.shell("logs", "i=0; while [ $i -lt 300 ]; do echo line $i; echo error $i >&2; i=$((i+1)); done; echo full; until test -e /output/go; do sleep 0.01; done; echo last", out))
	s.Says("logs", "full")
	var got bytes.Buffer
	var cursor sdk.Cursor
	read := func(follow bool) {
		err := s.Executor.Logs(t.Context(), "logs", sdk.LogRequest{Stream: sdk.Stdout, After: cursor, Follow: follow}, func(c sdk.LogChunk) error {
			got.Write(c.Data)
			cursor = c.Next
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	read(false)
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	read(true)
	read(false)
	if whole := s.Logs("logs", sdk.Stdout); got.String() != whole || !strings.HasSuffix(whole, "full\nlast\n") || strings.Contains(whole, "error") {
		t.Errorf("in pieces %d bytes, at once %d", got.Len(), len(whole))
	}
}
