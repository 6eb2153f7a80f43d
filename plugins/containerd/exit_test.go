package containerd

import (
	"strings"
	"syscall"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/internal/lifetest"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// TestOutOfMemory also has nobody watch while it happens: the control group
// counts, and stays until its end has been noted.
func TestOutOfMemory(t *testing.T) {
	t.Parallel()
	s := containerd.Site(t, "")
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
		s.Relaunch()
		if end := <-own(s).api.Wait(t.Context(), engine.ContainerName(task.Attempt)); end.Err != nil {
			t.Fatal(end.Err)
		}
		if err := s.Executor.Recover(t.Context(), task, nil); err != nil {
			t.Fatal(err)
		}
		if got := s.Watch(task.Attempt); got.Reason != sdk.OutOfMemory {
			t.Errorf("%+v", got.Exit)
		}
	})
}

func TestProcessWhoseEndIsUnknown(t *testing.T) {
	t.Parallel()
	s := containerd.Site(t, "")
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
		called := engine.ContainerName(task.Attempt)
		began := noted[start](own(s), called, noteStarted)
		if began == nil {
			t.Fatal("its start was not noted")
		}
		s.Executor.Close()
		if err := own(s).write(called, noteStarted, start{At: began.At, Boot: test.boot}); err != nil {
			t.Fatal(err)
		}
		s.Executor = s.Launch(s.Name)
		takeAway(t, s, called)
		if got := s.Watch(task.Attempt); got.Reason != test.want || !got.Started.Equal(began.At) {
			t.Errorf("%s: %+v", name, got.Exit)
		}
	}
}

func TestUserOfTheImage(t *testing.T) {
	t.Parallel()
	s := containerd.Site(t, "")
	for user, want := range map[string]string{"": "0 0", "nobody": "65534 65534", "1234": "1234 0", "1234:5": "1234 5", "nobody:root": "65534 0"} {
		task := s.Task("echo $(id -u) $(id -g)")
		task.Container.User = user
		if got := s.Run(task); !got.Succeeded() || strings.TrimSpace(s.Logs(task.Attempt, sdk.Stdout)) != want {
			t.Errorf("%q: %+v %q, want %q", user, got.Exit, s.Logs(task.Attempt, sdk.Stdout), want)
		}
	}
}

// takeAway ends and removes a process behind the executor's back.
func takeAway(t *testing.T, s *lifetest.Site, name string) {
	t.Helper()
	if err := own(s).api.Signal(t.Context(), name, syscall.SIGKILL, false); err != nil {
		t.Fatal(err)
	}
	if end := <-own(s).api.Wait(t.Context(), name); end.Err != nil {
		t.Fatal(end.Err)
	}
	if err := own(s).api.DeleteTask(t.Context(), name); err != nil {
		t.Fatal(err)
	}
}
