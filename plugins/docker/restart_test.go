package docker

import (
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/enginetest"
	"github.com/raddeploy/raddeploy/plugins/internal/lifetest"
	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
)

// TestEngineTakesItsContainersDown proves that a watcher is told that it is
// unknown now, and then what came of it.
func TestEngineTakesItsContainersDown(t *testing.T) {
	t.Parallel()
	d := enginetest.New(t)
	s := docker.Site(t, at(d))
	task := s.Task("echo up; sleep 600")
	s.Start(task)
	s.Says(task.Attempt, "up\n")
	s.GoesAway(task.Attempt, d.Stop)
	d.Start()
	if got := s.WatchAgain(task.Attempt); got.Reason != sdk.NodeLost {
		t.Errorf("%+v", got.Exit)
	}
}

// TestStopOutlivesTheEngine restarts an engine that has been told to end a
// container, and forgets it. Who told it may be gone, too.
func TestStopOutlivesTheEngine(t *testing.T) {
	t.Parallel()
	d := enginetest.New(t, "--live-restore")
	s := docker.Site(t, at(d))
	gone := docker.Site(t, at(d))
	begun, tasks := time.Now(), map[*lifetest.Site]*sdk.Task{}
	for _, s := range []*lifetest.Site{s, gone} {
		tasks[s] = s.Task("trap 'echo told' TERM; echo up; while true; do sleep 0.1; done")
		s.Start(tasks[s])
		s.Says(tasks[s].Attempt, "up\n")
		if err := s.Executor.Stop(t.Context(), tasks[s].Attempt, 8*time.Second); err != nil {
			t.Fatal(err)
		}
		s.Says(tasks[s].Attempt, "told\n")
	}
	gone.Executor.Close()
	d.Stop()
	d.Start("--live-restore")
	gone.Relaunch()
	for s, task := range tasks {
		if got := s.WatchAgain(task.Attempt); got.Reason != sdk.Stopped || time.Since(begun) > time.Minute {
			t.Errorf("after %v: %+v", time.Since(begun), got.Exit)
		}
	}
}

// TestNobodySawTheEnd has a container die while its engine is away, and with it the
// process that would have told how.
func TestNobodySawTheEnd(t *testing.T) {
	t.Parallel()
	d := enginetest.New(t, "--live-restore")
	s := docker.Site(t, at(d))
	task := s.Task("echo up; sleep 600")
	s.Start(task)
	s.Says(task.Attempt, "up\n")
	s.GoesAway(task.Attempt, d.Kill)
	d.KillContainers()
	d.Start("--live-restore")
	if got := s.WatchAgain(task.Attempt); got.Reason != sdk.NodeLost || !strings.HasSuffix(got.Message, "while the container ran") {
		t.Errorf("%+v", got.Exit)
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	s := docker.Site(t, "")
	for name, test := range map[string]struct {
		endpoint string
		want     sdk.Health
	}{
		"an engine":  {endpoint(), sdk.Healthy},
		"none":       {"unix:///no/such/socket", sdk.Undetected},
		"a dead one": {"tcp://127.0.0.1:1", sdk.Unhealthy},
	} {
		e := New(&Config{Endpoint: test.endpoint, PullPatience: 1, LogMaxSize: 1 << 20, LogMaxFiles: 1})
		defer e.Close()
		if err := e.Configure(t.Context(), sdk.Site{Name: "a", Instance: "b", WorkDir: s.Root, Roots: []string{s.Root}}); err != nil {
			t.Fatal(err)
		}
		var got sdk.Fingerprint
		begun := time.Now()
		if err := e.Fingerprint(t.Context(), func(f sdk.Fingerprint) error { got = f; return sitetest.ErrEnough }); err != sitetest.ErrEnough {
			t.Fatal(err)
		}
		if got.Health != test.want || (got.Message == "") != (test.want == sdk.Healthy) || time.Since(begun) > 2*time.Second {
			t.Errorf("%s: %+v after %v", name, got, time.Since(begun))
		}
	}
}
