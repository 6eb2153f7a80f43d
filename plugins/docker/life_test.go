package docker

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/mounting"
)

// The engine goes on with the call of a plugin process that was killed, and has
// given away the container's name before anybody can look at it: it is one
// attempt all the same, whose process runs once.
func TestStartWhileTheContainerIsMade(t *testing.T) {
	s := newSite(t, "")
	other := s.Launch(s.Name).(*Executor)
	t.Cleanup(func() { other.Close() })
	for i := range 5 {
		name := fmt.Sprint("out", i)
		task := s.Task("echo ran >> /output/trace; sleep 2", sdk.Mount{Role: sdk.Output, Name: "dst", Source: s.Folder(name), Target: "/output"})
		var group sync.WaitGroup
		for _, e := range []*Executor{other, s.own()} {
			group.Go(func() {
				if _, err := e.Start(t.Context(), task); err != nil {
					t.Errorf("start: %v", err)
				}
			})
		}
		group.Wait()
		if got := s.Watch(task.Attempt); !got.Succeeded() || s.Read(name, "trace") != "ran\n" {
			t.Errorf("%+v, trace %q", got.Exit, s.Read(name, "trace"))
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

		t.Run("created", func(t *testing.T) {
			task := task("cp /input/a /output/a")
			info, err := s.own().info(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			request, found := s.own().request(task, info, s.own().ways(info, task.WorkDir))
			for _, folder := range request.laid.folders {
				if err := mounting.OpenFolder(folder); err != nil {
					t.Fatal(err)
				}
			}
			if _, _, err := s.own().engine.Create(t.Context(), containerName(task.Attempt), request.config, request.host); err != nil || len(found) > 0 {
				t.Fatal(err, found)
			}
			recover(task)
			if got := s.Watch(task.Attempt); !got.Succeeded() || result(task) != "input" {
				t.Errorf("%+v", got.Exit)
			}
		})
		t.Run("removed by somebody", func(t *testing.T) {
			task := task("sleep 600")
			s.Start(task)
			s.Until(task.Attempt, sdk.Running)
			s.Relaunch()
			if err := s.own().engine.Remove(t.Context(), containerName(task.Attempt), true); err != nil {
				t.Fatal(err)
			}
			if err := s.own().Recover(t.Context(), task, nil); sdk.KindOf(err) != sdk.NotFound {
				t.Errorf("recover: %v", err)
			}
		})
		if s.config == "" {
			return // the conformance suite has the others
		}
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
			if err := <-wait.engine.Wait(t.Context(), containerName(task.Attempt), false); err != nil {
				t.Fatal(err)
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
	})
}

func TestContainerGoneUnderAnOpenAttempt(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	task := s.Task("true")
	s.own().attempts.Take(task.Attempt, func() *attempt {
		a := s.own().newAttempt(task.Attempt, task)
		a.container = "0123456789"
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
