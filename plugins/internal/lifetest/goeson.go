package lifetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// copies is a task that copies its input to its output by a script.
func (s *Site) copies(script string) (task *sdk.Task, result func() string) {
	name := fmt.Sprint("out", sitetest.Next())
	task = s.Task(script, sdk.Mount{Role: sdk.Input, Name: "src", Source: s.Folder("in", "a", "input"), Target: "/input"},
		sdk.Mount{Role: sdk.Output, Name: "dst", Source: s.Folder(name), Target: "/output"})
	return task, func() string { return s.Read(name, "a") }
}

// recover loses the executor, and has the next one go on with a task.
func (s *Site) recover(t *testing.T, task *sdk.Task) {
	t.Helper()
	s.Relaunch()
	if err := s.Executor.Recover(t.Context(), task, nil); err != nil {
		t.Fatal(err)
	}
}

// anotherProcessGoesOn loses the plugin process at each point of an attempt's
// life, for each way that files get into containers.
func (b Backend) anotherProcessGoesOn(t *testing.T) {
	for name, test := range map[string]struct {
		script  string
		timeout time.Duration
		lose    func(t *testing.T, s *Site, task *sdk.Task)
		want    sdk.Exit
	}{
		"created": {script: "cp /input/a /output/a", want: sdk.Exit{Reason: sdk.Exited}, lose: func(t *testing.T, s *Site, task *sdk.Task) {
			s.Engine.keepFromStarting(true)
			s.Start(task)
			if c := s.Find(task.Attempt); c.State != engine.Created {
				t.Fatalf("%+v", c)
			}
		}},
		"running": {script: "sleep 1; cp /input/a /output/a", want: sdk.Exit{Reason: sdk.Exited}, lose: func(t *testing.T, s *Site, task *sdk.Task) {
			s.Start(task)
			s.Until(task.Attempt, sdk.Running)
		}},
		"ended": {script: "cp /input/a /output/a; exit 4", want: sdk.Exit{Reason: sdk.Exited, Code: 4}, lose: func(t *testing.T, s *Site, task *sdk.Task) {
			s.Start(task)
			s.Until(task.Attempt, sdk.Running)
			s.Relaunch()
			if _, err := s.Engine.Wait(t.Context(), s.Find(task.Attempt)); err != nil {
				t.Fatal(err)
			}
		}},
		"told to stop": {
			script: "trap 'sleep 2; cp /input/a /output/a; exit 0' TERM; echo up; while true; do sleep 0.1; done",
			want:   sdk.Exit{Reason: sdk.Stopped}, lose: func(t *testing.T, s *Site, task *sdk.Task) {
				s.Start(task)
				s.Says(task.Attempt, "up")
				if err := s.Executor.Stop(t.Context(), task.Attempt, time.Minute); err != nil {
					t.Fatal(err)
				}
			}},
		"over its time": {script: "cp /input/a /output/a; sleep 600", timeout: 2 * time.Second, want: sdk.Exit{Reason: sdk.TimedOut, Code: 137, Signal: 9},
			lose: func(t *testing.T, s *Site, task *sdk.Task) {
				s.Start(task)
				s.Until(task.Attempt, sdk.Running)
			}},
	} {
		for way, mounts := range map[string]string{"local": "auto", "copy": "copy"} {
			t.Run(name+", "+way, func(t *testing.T) {
				t.Parallel()
				s := b.Site(t, fmt.Sprintf(`{"mounts": %q, "stop_grace": "0s"}`, mounts))
				task, result := s.copies(test.script)
				task.Timeout = test.timeout
				test.lose(t, s, task)
				s.recover(t, task)
				got := s.Watch(task.Attempt)
				if got.Reason != test.want.Reason || got.Code != test.want.Code || got.Signal != test.want.Signal || result() != "input" {
					t.Errorf("%+v, output %q", got.Exit, result())
				}
			})
		}
	}
	t.Run("removed by somebody", func(t *testing.T) {
		t.Parallel()
		s := b.Site(t, "")
		task := s.Task("sleep 600")
		s.Start(task)
		s.Until(task.Attempt, sdk.Running)
		s.Relaunch()
		s.takeAway(task.Attempt)
		if err := s.Executor.Recover(t.Context(), task, nil); sdk.KindOf(err) != sdk.NotFound {
			t.Errorf("recover: %v", err)
		}
	})
}

// startWhileItIsMade has the last call of a plugin process that was killed take
// effect at any moment of the next one's Start: it is one attempt all the same,
// whose process runs once.
func (b Backend) startWhileItIsMade(t *testing.T) {
	t.Parallel()
	s := b.Site(t, "")
	for moment := range 8 {
		name := fmt.Sprint("out", moment)
		task := s.Task("echo ran >> /output/trace", sdk.Mount{Role: sdk.Output, Name: "dst", Source: s.Folder(name), Target: "/output"})
		lost := s.Launch(s.Name)
		var call sync.WaitGroup
		tap := s.Engine
		tap.create = func(_ context.Context, r *engine.Request) (engine.Container, error) {
			call.Go(func() {
				time.Sleep(time.Duration(moment) * 5 * time.Millisecond)
				_, _ = tap.Engine.Create(context.Background(), r) // it may come too late
			})
			return engine.Container{}, errAway
		}
		if _, err := lost.Start(t.Context(), task); sdk.KindOf(err) != sdk.Unavailable {
			t.Errorf("start: %v", err)
		}
		s.Start(task)
		got := s.Watch(task.Attempt)
		call.Wait()
		if !got.Succeeded() || s.Read(name, "trace") != "ran\n" {
			t.Errorf("moment %d: %+v, trace %q", moment, got.Exit, s.Read(name, "trace"))
		}
		if err := lost.Close(); err != nil {
			t.Error(err)
		}
	}
}

// goneUnderAnOpenAttempt removes a container that is made and not started yet.
func (b Backend) goneUnderAnOpenAttempt(t *testing.T) {
	t.Parallel()
	s := b.Site(t, "")
	task := s.Task("true")
	s.Engine.keepFromStarting(true)
	s.Start(task)
	s.takeAway(task.Attempt)
	s.Engine.keepFromStarting(false)
	if got := s.WatchAgain(task.Attempt); got.Reason != sdk.Vanished {
		t.Errorf("%+v", got.Exit)
	}
}

// endIsKept has another process tell the end as it was told first.
func (b Backend) endIsKept(t *testing.T) {
	t.Parallel()
	s := b.Site(t, "")
	task := s.Task("echo said; exit 9")
	first := s.Run(task)
	s.Relaunch()
	again := s.Watch(task.Attempt)
	if first.Code != 9 || again.Code != 9 || !again.Finished.Equal(first.Finished) || again.ImageDigest != first.ImageDigest {
		t.Errorf("first %+v, again %+v", first.Exit, again.Exit)
	}
	if got := s.Logs(task.Attempt, sdk.Stdout); got != "said\n" {
		t.Errorf("its output: %q", got)
	}
}

// GoesAway has the engine go away under a running attempt: its watcher is told
// that it is unknown now, and no end.
func (s *Site) GoesAway(id sdk.AttemptID, stop func()) {
	s.T.Helper()
	told := make(chan error, 1)
	go func() {
		told <- s.Executor.Watch(context.Background(), id, func(e sdk.Event) error {
			if e.Exit != nil {
				s.T.Errorf("an end was told while the engine was away: %+v", e.Exit)
			}
			return nil
		})
	}()
	stop()
	if err := <-told; sdk.KindOf(err) != sdk.Unavailable {
		s.T.Errorf("the watcher was told %v", err)
	}
}

// engineIsRestarted proves that a watcher is told that it is unknown now, and
// never a made-up end, and that processes do not notice.
func (b Backend) engineIsRestarted(t *testing.T) {
	t.Parallel()
	d, config := b.Daemon(t)
	s := b.Site(t, config)
	out := sdk.Mount{Role: sdk.Output, Name: "dst", Source: s.Folder("out"), Target: "/output"}
	outlives := s.Task("echo up; while [ ! -e /output/go ]; do sleep 0.1; done; echo done > /output/one; echo last; exit 5", out)
	ends := s.Task("echo up; while [ ! -e /output/go2 ]; do sleep 0.1; done; echo done > /output/two; exit 6", out)
	s.Start(outlives)
	s.Start(ends)
	s.Says(outlives.Attempt, "up\n")
	s.Says(ends.Attempt, "up\n")
	s.GoesAway(outlives.Attempt, d.Stop)
	if err := s.Executor.Watch(t.Context(), outlives.Attempt, func(sdk.Event) error { return nil }); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("another watcher was told %v", err)
	}
	if _, err := s.Executor.Start(t.Context(), s.Task("true")); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("start: %v", err)
	}
	if _, err := s.Executor.List(t.Context()); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("list: %v", err)
	}
	s.Folder("out", "go2", "")
	s.Appears("out/two")
	d.Start()
	if got := s.WatchAgain(ends.Attempt); got.Reason != sdk.Exited || got.Code != 6 {
		t.Errorf("what ended meanwhile: %+v", got.Exit)
	}
	s.Folder("out", "go", "")
	if got := s.WatchAgain(outlives.Attempt); got.Reason != sdk.Exited || got.Code != 5 {
		t.Errorf("what outlives it: %+v", got.Exit)
	}
	if got := s.Logs(outlives.Attempt, sdk.Stdout); got != "up\nlast\n" {
		t.Errorf("its output: %q", got)
	}
}

// stoppedBeforeItsStart is listed as ended by another process, too, so that it is
// removed and not stopped for ever.
func (b Backend) stoppedBeforeItsStart(t *testing.T) {
	t.Parallel()
	s := b.Site(t, "")
	task := s.Task("true")
	s.Make(task)
	if err := s.Executor.Stop(t.Context(), task.Attempt, 0); err != nil {
		t.Fatal(err)
	}
	if got := s.WatchAgain(task.Attempt); got.Reason != sdk.Stopped || !got.Started.IsZero() {
		t.Errorf("%+v", got.Exit)
	}
	s.Relaunch()
	if held, err := s.Executor.List(t.Context()); err != nil || len(held) != 1 || !held[0].Ended {
		t.Errorf("%+v, %v", held, err)
	}
}
