package containerd

import (
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// The last call of a plugin process that was killed takes effect at any moment
// of the next one's Start: it is one attempt all the same.
func TestStartWhileTheContainerIsMade(t *testing.T) {
	s := newSite(t, "")
	for moment := range 10 {
		task := s.Task("true")
		a := s.own().newAttempt(task.Attempt, task)
		r, found := a.request()
		image, err := s.own().engine.FindImage(t.Context(), r.image)
		if err != nil || len(found) > 0 {
			t.Fatal(err, found)
		}
		held, _, err := s.own().engine.Hold(t.Context(), containerName(task.Attempt)) // or the engine may collect it
		if err != nil {
			t.Fatal(err)
		}
		if err := s.own().engine.Prepare(held, containerName(task.Attempt), image); err != nil {
			t.Fatal(err)
		}
		spec, err := s.own().spec(t.Context(), task, r, image)
		if err != nil {
			t.Fatal(err)
		}
		var call sync.WaitGroup
		call.Go(func() {
			time.Sleep(time.Duration(moment) * 2 * time.Millisecond)
			left := engine.Container{Name: containerName(task.Attempt), Labels: r.labels, Plan: r.plan.bytes()}
			if err := s.own().engine.CreateContainer(held, left, image, spec); err != nil && !engine.IsExists(err) {
				t.Error(err)
			}
		})
		s.Start(task)
		call.Wait()
		if got := s.Watch(task.Attempt); !got.Succeeded() {
			t.Errorf("%+v", got.Exit)
		}
	}
}

func TestRemoveByManyAtOnce(t *testing.T) { sitetest.RemoveByManyAtOnce(t, bare) }

func TestStopTwice(t *testing.T) { sitetest.StopTwice(t, bare) }

func TestAnotherProcessGoesOn(t *testing.T) {
	sitetest.EveryWay(t, newSite, func(t *testing.T, s *site) {
		in := s.Folder("in", "a", "input")
		task := func(script string) *sdk.Task {
			id := fmt.Sprint("out", sitetest.Next())
			out := s.Folder(id)
			return s.Task(script, sdk.Mount{Role: sdk.Input, Name: "src", Source: in, Target: "/input"},
				sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
		}
		result := func(task *sdk.Task) string { return s.Read(task.Mounts[1].Source[len(s.Root):], "a") }
		recover := func(task *sdk.Task) {
			t.Helper()
			s.Relaunch()
			if err := s.own().Recover(t.Context(), task, nil); err != nil {
				t.Fatal(err)
			}
		}

		t.Run("made", func(t *testing.T) {
			task := task("cp /input/a /output/a")
			made(t, s, task)
			recover(task)
			if got := s.Watch(task.Attempt); !got.Succeeded() || result(task) != "input" {
				t.Errorf("%+v", got.Exit)
			}
		})
		t.Run("waiting to be started", func(t *testing.T) {
			task := task("cp /input/a /output/a")
			a := made(t, s, task)
			if err := copyIn(t.Context(), a.plan); err != nil {
				t.Fatal(err)
			}
			folder := s.own().folder(task.Attempt)
			if _, err := s.own().engine.CreateTask(t.Context(), containerName(task.Attempt), folder+"/stdout", folder+"/stderr"); err != nil {
				t.Fatal(err)
			}
			recover(task)
			if got := s.Watch(task.Attempt); !got.Succeeded() || result(task) != "input" {
				t.Errorf("%+v", got.Exit)
			}
		})
		t.Run("running", func(t *testing.T) {
			task := task("sleep 1; cp /input/a /output/a")
			s.Start(task)
			s.Until(task.Attempt, sdk.Running)
			recover(task)
			if got := s.Watch(task.Attempt); !got.Succeeded() || result(task) != "input" {
				t.Errorf("%+v", got.Exit)
			}
		})
		t.Run("ended", func(t *testing.T) {
			task := task("cp /input/a /output/a; exit 4")
			s.Start(task)
			s.Until(task.Attempt, sdk.Running)
			s.own().Close()
			wait := s.Launch("wait").(*Executor)
			if end := <-wait.engine.Wait(t.Context(), containerName(task.Attempt)); end.Err != nil {
				t.Fatal(end.Err)
			}
			wait.Close()
			recover(task)
			if got := s.Watch(task.Attempt); got.Code != 4 || result(task) != "input" {
				t.Errorf("%+v", got.Exit)
			}
		})
		t.Run("told to stop", func(t *testing.T) {
			task := task("trap 'sleep 2; cp /input/a /output/a; exit 0' TERM; echo up; while true; do sleep 0.1; done")
			s.Start(task)
			s.Says(task.Attempt, "up")
			if err := s.own().Stop(t.Context(), task.Attempt, time.Minute); err != nil {
				t.Fatal(err)
			}
			recover(task)
			if got := s.Watch(task.Attempt); got.Reason != sdk.Stopped || got.Code != 0 || result(task) != "input" {
				t.Errorf("%+v", got.Exit)
			}
		})
		t.Run("over its time", func(t *testing.T) {
			task := task("cp /input/a /output/a; sleep 600")
			task.Timeout = 2 * time.Second
			s.Start(task)
			s.Until(task.Attempt, sdk.Running)
			s.Relaunch()
			s.own().config.StopGrace = 0
			if err := s.own().Recover(t.Context(), task, nil); err != nil {
				t.Fatal(err)
			}
			if got := s.Watch(task.Attempt); got.Reason != sdk.TimedOut || result(task) != "input" {
				t.Errorf("%+v", got.Exit)
			}
		})
		t.Run("removed by somebody", func(t *testing.T) {
			task := task("sleep 600")
			s.Start(task)
			s.Until(task.Attempt, sdk.Running)
			s.Relaunch()
			takeAway(t, s, task.Attempt)
			if err := s.own().engine.RemoveContainer(t.Context(), containerName(task.Attempt)); err != nil {
				t.Fatal(err)
			}
			if err := s.own().Recover(t.Context(), task, nil); sdk.KindOf(err) != sdk.NotFound {
				t.Errorf("recover: %v", err)
			}
		})
	})
}

// made makes an attempt's container, as a process that is lost right after it
// would.
func made(t testing.TB, s *site, task *sdk.Task) *attempt {
	t.Helper()
	a := s.own().newAttempt(task.Attempt, task)
	r, found := a.request()
	if len(found) > 0 {
		t.Fatal(found)
	}
	image, err := s.own().engine.FindImage(t.Context(), r.image)
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
	if err := s.own().engine.Signal(t.Context(), name, syscall.SIGKILL, false); err != nil {
		t.Fatal(err)
	}
	if end := <-s.own().engine.Wait(t.Context(), name); end.Err != nil {
		t.Fatal(end.Err)
	}
	if err := s.own().engine.DeleteTask(t.Context(), name); err != nil {
		t.Fatal(err)
	}
}

func TestContainerGoneUnderAnOpenAttempt(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	task := s.Task("true")
	s.own().attempts.Take(task.Attempt, func() *attempt {
		a := s.own().newAttempt(task.Attempt, task)
		a.made = true
		return a
	})
	if got := s.Watch(task.Attempt); got.Reason != sdk.Vanished {
		t.Errorf("%+v", got.Exit)
	}
}

func TestExitTellsWhatWasUsed(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	got := s.Run(s.Task("end=$(($(date +%s) + 3)); while [ $(date +%s) -lt $end ]; do :; done"))
	if !got.Succeeded() || got.Usage.CPU <= 0 || got.Usage.MemoryPeak <= 0 {
		t.Errorf("%+v", got.Exit)
	}
}

// TestStoppedAtTheFirstStop has a process end between two requests to do so.
func TestStoppedAtTheFirstStop(t *testing.T) {
	t.Parallel()
	a := &attempt{Attempt: attempts.New("a"), e: New(&Config{})}
	var first time.Time
	for _, grace := range []time.Duration{time.Minute, time.Second, time.Hour} {
		if err := a.finish(t.Context(), sdk.Stopped, grace); err != nil {
			t.Fatal(err)
		}
		if first.IsZero() {
			first = a.asked().At
		}
	}
	if exit := a.exitOf(engine.Task{Code: 143, Finished: first}, engine.Usage{}); exit.Reason != sdk.Stopped {
		t.Errorf("%+v, asked %+v", exit, a.asked())
	}
}
