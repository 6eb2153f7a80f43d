package containerd

import (
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/lifetest"
	"github.com/raddeploy/raddeploy/sdk"
)

// waiting is a site whose executor is lost between the two calls of a start, and
// the task whose process waits.
func waiting(t *testing.T) (*lifetest.Site, *sdk.Task) {
	t.Helper()
	s := containerd.Site(t, "")
	task := s.Task("echo ran")
	c := s.Make(task)
	s.Relaunch()
	folder := own(s).folder(c.Name)
	if _, err := own(s).api.CreateTask(t.Context(), c.Name, folder+"/stdout", folder+"/stderr"); err != nil {
		t.Fatal(err)
	}
	return s, task
}

func TestProcessThatWaitsIsStarted(t *testing.T) {
	t.Parallel()
	s, task := waiting(t)
	if err := s.Executor.Recover(t.Context(), task, nil); err != nil {
		t.Fatal(err)
	}
	if got := s.Watch(task.Attempt); !got.Succeeded() || s.Logs(task.Attempt, sdk.Stdout) != "ran\n" {
		t.Errorf("%+v", got.Exit)
	}
}

func TestProcessThatWaitsIsStopped(t *testing.T) {
	t.Parallel()
	s, task := waiting(t)
	if err := s.Executor.Stop(t.Context(), task.Attempt, time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := s.Watch(task.Attempt); got.Reason != sdk.Stopped || !got.Started.IsZero() {
		t.Errorf("%+v", got.Exit)
	}
}
