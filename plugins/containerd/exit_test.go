package containerd

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// TestOutOfMemory also has nobody watch while it happens: the control group
// counts, and stays until its end has been noted.
func TestOutOfMemory(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	eat := func() *sdk.Task {
		task := s.Task("sleep 2; x=0123456789abcdef; while true; do x=$x$x; done")
		task.Resources.Memory = 32 << 20
		return task
	}
	t.Run("watched", func(t *testing.T) {
		if got := s.Run(eat()); got.Reason != sdk.OutOfMemory || !strings.Contains(got.Message, "mem_limit") || got.Usage.MemoryPeak < 16<<20 {
			t.Errorf("%+v", got.Exit)
		}
	})
	t.Run("while nobody is there", func(t *testing.T) {
		task := eat()
		s.Start(task)
		s.Until(task.Attempt, sdk.Running)
		s.own().Close()
		wait := s.Launch("wait").(*Executor)
		if end := <-wait.engine.Wait(t.Context(), containerName(task.Attempt)); end.Err != nil {
			t.Fatal(end.Err)
		}
		wait.Close()
		s.Executor = s.Launch(s.own().site.Name)
		if err := s.own().Recover(t.Context(), task, nil); err != nil {
			t.Fatal(err)
		}
		if got := s.Watch(task.Attempt); got.Reason != sdk.OutOfMemory {
			t.Errorf("%+v", got.Exit)
		}
	})
}

// TestEndIsKept has everything of an ended attempt taken from containerd, as a
// restart of the host takes it, before it was told to anybody else.
func TestEndIsKept(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
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

func TestProcessThatNobodyCanTellOf(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	for name, test := range map[string]struct {
		boot string
		want sdk.Reason
	}{
		"somebody removed it":    {boot(), sdk.Vanished},
		"the host was restarted": {"an earlier life", sdk.NodeLost},
	} {
		task := s.Task("sleep 600")
		s.Start(task)
		s.Until(task.Attempt, sdk.Running)
		began := noted[start](s.own(), task.Attempt, noteStarted)
		if began == nil {
			t.Fatal("its start was not noted")
		}
		s.own().Close()
		if err := s.own().write(task.Attempt, noteStarted, start{At: began.At, Boot: test.boot}); err != nil {
			t.Fatal(err)
		}
		s.Executor = s.Launch(s.own().site.Name)
		takeAway(t, s, task.Attempt)
		if got := s.Watch(task.Attempt); got.Reason != test.want || !got.Started.Equal(began.At) {
			t.Errorf("%s: %+v", name, got.Exit)
		}
	}
}

func TestWhatCannotBeStarted(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	for name, adapt := range map[string]func(*sdk.Task){
		"no such program": func(t *sdk.Task) { t.Container.Command = []string{"/no/such/program"} },
		"no such user":    func(t *sdk.Task) { t.Container.User = "nosuchuser" },
		"no such group":   func(t *sdk.Task) { t.Container.User = "0:nosuchgroup" },
		"a folder":        func(t *sdk.Task) { t.Container.Command = []string{"/etc"} },
		"no such CPU":     func(t *sdk.Task) { t.Resources.CPUSetCPUs = "4000" },
	} {
		task := s.Task("true")
		adapt(task)
		begun := time.Now()
		if got := s.Run(task); got.Reason != sdk.StartFailed || !got.Permanent || !strings.Contains(got.Message, ": check the model's ") {
			t.Errorf("%s: %+v after %v", name, got.Exit, time.Since(begun))
		}
	}
}

// What an administrator ends is not the model's failure.
func TestStoppedFromOutside(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	task := s.Task("echo up; sleep 600")
	s.Start(task)
	s.Says(task.Attempt, "up\n")
	// as ctr task kill does
	if err := s.own().engine.Signal(t.Context(), containerName(task.Attempt), syscall.SIGKILL, false); err != nil {
		t.Fatal(err)
	}
	if got := s.Watch(task.Attempt); got.Reason != sdk.Stopped || !strings.Contains(got.Message, "ctr task kill") {
		t.Errorf("%+v", got.Exit)
	}
}

func TestUserOfTheImage(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	for user, want := range map[string]string{"": "0 0", "nobody": "65534 65534", "1234": "1234 0", "1234:5": "1234 5", "nobody:root": "65534 0"} {
		task := s.Task("echo $(id -u) $(id -g)")
		task.Container.User = user
		if got := s.Run(task); !got.Succeeded() || strings.TrimSpace(s.Logs(task.Attempt, sdk.Stdout)) != want {
			t.Errorf("%q: %+v %q, want %q", user, got.Exit, s.Logs(task.Attempt, sdk.Stdout), want)
		}
	}
}
