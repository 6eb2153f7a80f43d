package docker

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/enginetest"
	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
)

// TestEngineIsRestarted proves that a watcher is told that nobody can tell now,
// and never a made-up end.
func TestEngineIsRestarted(t *testing.T) {
	for name, test := range map[string]struct {
		options []string
		want    sdk.Reason
	}{
		"and leaves containers alone":   {[]string{"--live-restore"}, sdk.Exited},
		"and takes its containers down": {nil, sdk.NodeLost},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := enginetest.New(t, test.options...)
			s := newSiteAt(t, d.Endpoint(), "")
			out := s.Folder("out")
			task := s.Task("echo up; while [ ! -e /output/go ]; do sleep 0.1; done; echo done > /output/done", sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
			s.Start(task)
			s.Says(task.Attempt, "up\n")
			told := make(chan error, 1)
			go func() {
				told <- s.own().Watch(context.Background(), task.Attempt, func(e sdk.Event) error {
					if e.Exit != nil {
						t.Errorf("an end was told while the engine was away: %+v", e.Exit)
					}
					return nil
				})
			}()
			d.Stop()
			if err := <-told; sdk.KindOf(err) != sdk.Unavailable {
				t.Errorf("the watcher was told %v", err)
			}
			if err := s.own().Watch(t.Context(), task.Attempt, func(sdk.Event) error { return nil }); test.want == sdk.Exited && sdk.KindOf(err) != sdk.Unavailable {
				t.Errorf("another watcher was told %v", err)
			}
			if _, err := s.own().Start(t.Context(), s.Task("true")); sdk.KindOf(err) != sdk.Unavailable {
				t.Errorf("start: %v", err)
			}
			if _, err := s.own().List(t.Context()); sdk.KindOf(err) != sdk.Unavailable {
				t.Errorf("list: %v", err)
			}
			d.Start(test.options...)
			s.Folder("out", "go", "")
			if got := s.WatchAgain(task.Attempt); got.Reason != test.want {
				t.Errorf("%+v", got.Exit)
			}
			if test.want == sdk.Exited && strings.TrimSpace(s.Read("out", "done")) != "done" {
				t.Error("it did not go on")
			}
		})
	}
}

// TestStopOutlivesTheEngine restarts an engine that has been told to end a
// container, and forgets it. Who told it may be gone, too.
func TestStopOutlivesTheEngine(t *testing.T) {
	t.Parallel()
	d := enginetest.New(t, "--live-restore")
	s := newSiteAt(t, d.Endpoint(), "")
	gone := newSiteAt(t, d.Endpoint(), "")
	begun, tasks := time.Now(), map[*site]*sdk.Task{}
	for _, s := range []*site{s, gone} {
		tasks[s] = s.Task("trap 'echo told' TERM; echo up; while true; do sleep 0.1; done")
		s.Start(tasks[s])
		s.Says(tasks[s].Attempt, "up\n")
		if err := s.own().Stop(t.Context(), tasks[s].Attempt, 8*time.Second); err != nil {
			t.Fatal(err)
		}
		s.Says(tasks[s].Attempt, "told\n")
	}
	gone.own().Close()
	d.Stop()
	d.Start("--live-restore")
	gone.Relaunch()
	for s, task := range tasks {
		if got := s.WatchAgain(task.Attempt); got.Reason != sdk.Stopped || time.Since(begun) > time.Minute {
			t.Errorf("after %v: %+v", time.Since(begun), got.Exit)
		}
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
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
