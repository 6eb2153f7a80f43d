package containerd

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// says waits until an attempt has written a text.
func (s *site) says(id sdk.AttemptID, want string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	var said strings.Builder
	err := s.executor.Logs(ctx, id, sdk.LogRequest{Stream: sdk.Stdout, Follow: true}, func(c sdk.LogChunk) error {
		if said.Write(c.Data); strings.Contains(said.String(), want) {
			return errEnough
		}
		return nil
	})
	if err != errEnough {
		s.t.Fatalf("%s said %q, want %q: %v", id, said.String(), want, err)
	}
}

func TestRemoveByManyAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	task := s.task("true")
	s.run(task)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := s.executor.Remove(t.Context(), task.Attempt); err != nil {
				t.Errorf("remove: %v", err)
			}
		})
	}
	group.Wait()
	if err := s.executor.Recover(t.Context(), task, nil); sdk.KindOf(err) != sdk.NotFound {
		t.Errorf("recover what was removed: %v", err)
	}
}

func TestAnotherProcessGoesOn(t *testing.T) {
	everyWay(t, func(t *testing.T, s *site) {
		in := s.folder("in", "a", "input")
		task := func(script string) *sdk.Task {
			id := fmt.Sprint("out", attempts.Add(1))
			out := s.folder(id)
			return s.task(script, sdk.Mount{Role: sdk.Input, Name: "src", Source: in, Target: "/input"},
				sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
		}
		result := func(task *sdk.Task) string { return s.read(task.Mounts[1].Source[len(s.root):], "a") }
		recover := func(task *sdk.Task) {
			t.Helper()
			s.relaunch()
			if err := s.executor.Recover(t.Context(), task, nil); err != nil {
				t.Fatal(err)
			}
		}

		t.Run("made", func(t *testing.T) {
			task := task("cp /input/a /output/a")
			made(t, s, task)
			recover(task)
			if got := s.watch(task.Attempt); !got.Succeeded() || result(task) != "input" {
				t.Errorf("%+v", got.Exit)
			}
		})
		t.Run("waiting to be started", func(t *testing.T) {
			task := task("cp /input/a /output/a")
			a := made(t, s, task)
			if err := copyIn(t.Context(), a.plan); err != nil {
				t.Fatal(err)
			}
			folder := s.executor.folder(task.Attempt)
			if _, err := s.executor.engine.CreateTask(t.Context(), containerName(task.Attempt), folder+"/stdout", folder+"/stderr"); err != nil {
				t.Fatal(err)
			}
			recover(task)
			if got := s.watch(task.Attempt); !got.Succeeded() || result(task) != "input" {
				t.Errorf("%+v", got.Exit)
			}
		})
		t.Run("running", func(t *testing.T) {
			task := task("sleep 1; cp /input/a /output/a")
			s.start(task)
			s.until(task.Attempt, sdk.Running)
			recover(task)
			if got := s.watch(task.Attempt); !got.Succeeded() || result(task) != "input" {
				t.Errorf("%+v", got.Exit)
			}
		})
		t.Run("ended", func(t *testing.T) {
			task := task("cp /input/a /output/a; exit 4")
			s.start(task)
			s.until(task.Attempt, sdk.Running)
			s.executor.Close()
			wait := s.launch("wait")
			if end := <-wait.engine.Wait(t.Context(), containerName(task.Attempt)); end.Err != nil {
				t.Fatal(end.Err)
			}
			wait.Close()
			recover(task)
			if got := s.watch(task.Attempt); got.Code != 4 || result(task) != "input" {
				t.Errorf("%+v", got.Exit)
			}
		})
		t.Run("told to stop", func(t *testing.T) {
			task := task("trap 'sleep 2; cp /input/a /output/a; exit 0' TERM; echo up; while true; do sleep 0.1; done")
			s.start(task)
			s.says(task.Attempt, "up")
			if err := s.executor.Stop(t.Context(), task.Attempt, time.Minute); err != nil {
				t.Fatal(err)
			}
			recover(task)
			if got := s.watch(task.Attempt); got.Reason != sdk.Stopped || got.Code != 0 || result(task) != "input" {
				t.Errorf("%+v", got.Exit)
			}
		})
		t.Run("over its time", func(t *testing.T) {
			task := task("cp /input/a /output/a; sleep 600")
			task.Timeout = 2 * time.Second
			s.start(task)
			s.until(task.Attempt, sdk.Running)
			s.relaunch()
			s.executor.config.StopGrace = 0
			if err := s.executor.Recover(t.Context(), task, nil); err != nil {
				t.Fatal(err)
			}
			if got := s.watch(task.Attempt); got.Reason != sdk.TimedOut || result(task) != "input" {
				t.Errorf("%+v", got.Exit)
			}
		})
		t.Run("removed by somebody", func(t *testing.T) {
			task := task("sleep 600")
			s.start(task)
			s.until(task.Attempt, sdk.Running)
			s.relaunch()
			takeAway(t, s, task.Attempt)
			if err := s.executor.engine.RemoveContainer(t.Context(), containerName(task.Attempt)); err != nil {
				t.Fatal(err)
			}
			if err := s.executor.Recover(t.Context(), task, nil); sdk.KindOf(err) != sdk.NotFound {
				t.Errorf("recover: %v", err)
			}
		})
	})
}

// made makes an attempt's container, as a process that is lost right after it would.
func made(t testing.TB, s *site, task *sdk.Task) *attempt {
	t.Helper()
	a := s.executor.newAttempt(task.Attempt, task)
	r, found := a.request()
	if len(found) > 0 {
		t.Fatal(found)
	}
	image, err := s.executor.engine.FindImage(t.Context(), r.image)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.create(t.Context(), r, image); err != nil {
		t.Fatal(err)
	}
	a.plan = r.plan
	return a
}

// takeAway ends and removes an attempt's process behind the executor's back.
func takeAway(t testing.TB, s *site, id sdk.AttemptID) {
	t.Helper()
	name := containerName(id)
	if err := s.executor.engine.Signal(t.Context(), name, syscall.SIGKILL, false); err != nil {
		t.Fatal(err)
	}
	if end := <-s.executor.engine.Wait(t.Context(), name); end.Err != nil {
		t.Fatal(end.Err)
	}
	if err := s.executor.engine.DeleteTask(t.Context(), name); err != nil {
		t.Fatal(err)
	}
}

func TestContainerGoneUnderAnOpenAttempt(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	task := s.task("true")
	s.executor.attempts.Take(task.Attempt, func() *attempt {
		a := s.executor.newAttempt(task.Attempt, task)
		a.made = true
		return a
	})
	if got := s.watch(task.Attempt); got.Reason != sdk.Vanished {
		t.Errorf("%+v", got.Exit)
	}
}

func TestExitTellsWhatWasUsed(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	got := s.run(s.task("end=$(($(date +%s) + 3)); while [ $(date +%s) -lt $end ]; do :; done"))
	if !got.Succeeded() || got.Usage.CPU <= 0 || got.Usage.MemoryPeak <= 0 {
		t.Errorf("%+v", got.Exit)
	}
}
