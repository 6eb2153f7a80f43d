package fake_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/fake"
)

// tick is the unit in which tests tell time.
const tick = 100 * time.Millisecond

// story watches an attempt and tells what happened when, in ticks since it was
// started.
func story(t *testing.T, e *fake.Executor, attempt sdk.AttemptID) []string {
	t.Helper()
	began := time.Now()
	var lines []string
	err := e.Watch(t.Context(), attempt, func(event sdk.Event) error {
		text := event.State.String()
		switch {
		case event.Progress != nil:
			text = "progress of " + event.Progress.What
		case event.Warning != "":
			text = "warning " + event.Warning
		case event.Waiting != "":
			text = "waiting: " + event.Waiting
		case event.Exit != nil:
			text = event.Exit.Reason.String()
			if event.Exit.Code != 0 {
				text += " with a code"
			}
		}
		lines = append(lines, fmt.Sprint(int(time.Since(began).Round(tick)/tick), " ", text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestAnAttemptFollowsItsPlan(t *testing.T) {
	for _, test := range []struct {
		name  string
		plan  fake.Plan
		limit time.Duration
		// five ticks after the start
		after func(context.Context, *fake.Executor, fake.Backend) error
		want  []string
	}{
		{"at once", fake.Plan{}, 0, nil, []string{"0 running", "0 exited"}},
		{"all states", fake.Plan{Queue: tick, Pull: 2 * tick, Run: 3 * tick, Warning: "w"}, 0, nil,
			[]string{"0 queued", "0 waiting: the plan says so", "1 pulling", "1 progress of image", "3 running", "3 warning w", "6 exited"}},
		{"a failure", fake.Plan{Run: tick, Exit: 7}, 0, nil, []string{"0 running", "1 exited with a code"}},
		{"no image", fake.Plan{Pull: tick, Reason: "image_unavailable"}, 0, nil, []string{"0 pulling", "0 progress of image", "1 image unavailable"}},
		{"its time limit", fake.Plan{Pull: tick, Hold: true}, 3 * tick, nil, []string{"0 pulling", "0 progress of image", "1 running", "4 timed out with a code"}},
		{"released", fake.Plan{Hold: true}, 0, func(_ context.Context, _ *fake.Executor, b fake.Backend) error {
			return b.Release("a")
		}, []string{"0 running", "5 exited"}},
		{"stopped", fake.Plan{Hold: true}, 0, func(ctx context.Context, e *fake.Executor, _ fake.Backend) error {
			return e.Stop(ctx, "a", 10*tick)
		}, []string{"0 running", "5 stopped with a code"}},
		{"stopped by force", fake.Plan{Hold: true, Deaf: true}, 0, func(ctx context.Context, e *fake.Executor, _ fake.Backend) error {
			return e.Stop(ctx, "a", 10*tick)
		}, []string{"0 running", "15 stopped with a code"}},
		{"stopped after its end", fake.Plan{Run: tick}, 0, func(ctx context.Context, e *fake.Executor, _ fake.Backend) error {
			return e.Stop(ctx, "a", 10*tick)
		}, []string{"0 running", "1 exited"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			backend := fake.Backend{Dir: t.TempDir()}
			synctest.Test(t, func(t *testing.T) {
				e := fake.New(backend, sdk.Site{}, nil)
				task := &sdk.Task{Attempt: "a", Options: &test.plan, Timeout: test.limit, Container: sdk.Container{Image: "image"}}
				if _, err := e.Start(t.Context(), task); err != nil {
					t.Fatal(err)
				}
				steered := make(chan error, 1)
				go func() {
					time.Sleep(5 * tick)
					if test.after == nil {
						test.after = func(context.Context, *fake.Executor, fake.Backend) error { return nil }
					}
					steered <- test.after(t.Context(), e, backend)
				}()
				if diff := cmp.Diff(test.want, story(t, e, "a")); diff != "" {
					t.Error(diff)
				}
				if err := <-steered; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestTheFolderIsTheTruth(t *testing.T) {
	backend := fake.Backend{Dir: t.TempDir()}
	site := sdk.Site{Name: "s", Instance: "i"}
	task := &sdk.Task{Attempt: "a", Options: []byte(`{"hold": true}`)}
	first := fake.New(backend, site, nil)
	handle, err := first.Start(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	second := fake.New(backend, site, nil)
	if err := second.Recover(t.Context(), task, handle); err != nil {
		t.Errorf("recover: %v", err)
	}
	// which would end at once
	if _, err := second.Start(t.Context(), &sdk.Task{Attempt: "a"}); err != nil {
		t.Errorf("start again: %v", err)
	}
	held, err := second.List(t.Context())
	if diff := cmp.Diff([]sdk.Held{{Attempt: "a"}}, held); diff != "" || err != nil {
		t.Errorf("list: %v, %s", err, diff)
	}
	if held, err := fake.New(backend, sdk.Site{Name: "other"}, nil).List(t.Context()); err != nil || len(held) > 0 {
		t.Errorf("another site lists %v, %v", held, err)
	}
	if err := second.Remove(t.Context(), "a"); sdk.KindOf(err) != sdk.FailedPrecondition {
		t.Errorf("remove what runs: %v", err)
	}
	if err := backend.Release("a"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := second.Remove(t.Context(), "a"); err != nil {
			t.Errorf("remove: %v", err)
		}
	}
	if err := second.Recover(t.Context(), task, handle); sdk.KindOf(err) != sdk.NotFound {
		t.Errorf("recover what was removed: %v", err)
	}
	if err := second.Watch(t.Context(), "a", nil); sdk.KindOf(err) != sdk.NotFound {
		t.Errorf("watch what was removed: %v", err)
	}
}

func TestOutputsAreThereWhenTheExitIsSent(t *testing.T) {
	folder := t.TempDir()
	in, out := filepath.Join(folder, "in"), filepath.Join(folder, "out")
	for _, path := range []string{filepath.Join(in, "deep"), out} {
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(in, "deep", "x"), []byte("in"), 0o644); err != nil {
		t.Fatal(err)
	}
	e := fake.New(fake.Backend{Dir: t.TempDir()}, sdk.Site{}, func(*sdk.Task) fake.Plan {
		return fake.Plan{Copy: true, Files: map[string]string{"dst/new/y": "made"}}
	})
	task := &sdk.Task{Attempt: "a", Mounts: []sdk.Mount{{Role: sdk.Input, Name: "src", Source: in}, {Role: sdk.Output, Name: "dst", Source: out}}}
	if _, err := e.Start(t.Context(), task); err != nil {
		t.Fatal(err)
	}
	story(t, e, "a")
	for path, want := range map[string]string{"deep/x": "in", "new/y": "made"} {
		if got, err := os.ReadFile(filepath.Join(out, path)); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v", path, got, err)
		}
	}
}

func TestLogsByCursor(t *testing.T) {
	const bulk = 200_000
	e := fake.New(fake.Backend{Dir: t.TempDir()}, sdk.Site{}, func(*sdk.Task) fake.Plan {
		return fake.Plan{Stdout: []string{"one", "two"}, Stderr: []string{"oh"}, Bulk: bulk}
	})
	if _, err := e.Start(t.Context(), &sdk.Task{Attempt: "a"}); err != nil {
		t.Fatal(err)
	}
	var whole strings.Builder
	var cursors []sdk.LogChunk
	request := sdk.LogRequest{Stream: sdk.Stdout, Follow: true}
	if err := e.Logs(t.Context(), "a", request, func(c sdk.LogChunk) error {
		if len(c.Data) > 64<<10 {
			t.Errorf("a chunk of %d bytes", len(c.Data))
		}
		whole.Write(c.Data)
		cursors = append(cursors, sdk.LogChunk{Next: c.Next, Data: []byte(whole.String())})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(whole.String(), "one\ntwo\n") || whole.Len() != len("one\ntwo\n")+bulk {
		t.Errorf("%d bytes, beginning with %.20q", whole.Len(), whole.String())
	}
	for _, at := range cursors {
		rest := string(at.Data)
		err := e.Logs(t.Context(), "a", sdk.LogRequest{Stream: sdk.Stdout, After: at.Next}, func(c sdk.LogChunk) error {
			rest += string(c.Data)
			return nil
		})
		if err != nil || rest != whole.String() {
			t.Errorf("read on from %q: %v, %d bytes", at.Next, err, len(rest))
		}
	}
	var stderr string
	err := e.Logs(t.Context(), "a", sdk.LogRequest{Stream: sdk.Stderr}, func(c sdk.LogChunk) error { stderr += string(c.Data); return nil })
	if err != nil || stderr != "oh\n" {
		t.Errorf("stderr %q, %v", stderr, err)
	}
}
