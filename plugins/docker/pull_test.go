package docker

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/logins"
	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
)

// tag gives sitetest.Busybox another name for the time of the test.
func tag(t *testing.T, name string) {
	t.Helper()
	if out, err := exec.Command("docker", "tag", sitetest.Busybox, name).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", name).Run() })
}

func TestPullThatFailsIsAWarningWhereTheImageIs(t *testing.T) {
	t.Parallel()
	s := newSite(t, `{"pull_patience": "300ms"}`)
	for name, image := range map[string]string{
		"the registry does not have it":    "127.0.0.1:5000/raddeploy-test/only-here:latest",
		"there is no registry":             "127.0.0.1:1/raddeploy-test/only-here:latest",
		"the registry says nothing at all": sitetest.SilentRegistry(t) + "/raddeploy-test/only-here:latest",
	} {
		tag(t, image)
		for _, round := range []string{"first", "second"} {
			task := s.Task("true")
			task.Container.Image, task.Container.Pull = image, sdk.PullAlways
			begun := time.Now()
			s.Start(task)
			if got := s.Watch(task.Attempt); !got.Succeeded() || len(got.Warnings) != 1 {
				t.Errorf("%s: %+v, warnings %q", name, got.Exit, got.Warnings)
			} else {
				t.Logf("%s, %s time: %v: %s", name, round, time.Since(begun), got.Warnings[0])
			}
			if rests := s.own().pulls.Rests(image); !rests {
				t.Errorf("%s: the next attempt would wait for the registry again", name)
			}
		}
	}
}

func TestPullAlwaysFetches(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	const image = "localhost:5000/busybox:latest" // other tests use 127.0.0.1:5000
	remove := func() { _ = exec.Command("docker", "rmi", image).Run() }
	remove()
	t.Cleanup(remove)
	for range 2 { // it is not there, then it is
		task := s.Task("true")
		task.Container.Image, task.Container.Pull = image, sdk.PullAlways
		if got := s.Run(task); !got.Succeeded() || len(got.Warnings) != 0 || !strings.HasPrefix(got.ImageDigest, "sha256:") {
			t.Errorf("%+v, warnings %q", got.Exit, got.Warnings)
		}
	}
	var told []sdk.Progress
	if err := s.own().Prefetch(t.Context(), image, func(p sdk.Progress) error { told = append(told, p); return nil }); err != nil {
		t.Errorf("prefetch: %v", err)
	}
	if err := s.own().Prefetch(t.Context(), "127.0.0.1:1/no/such:image", nil); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("prefetch from nowhere: %v", err)
	}
}

func TestWhilePulling(t *testing.T) { sitetest.WhilePulling(t, bare) }

func TestRegistryOf(t *testing.T) {
	t.Parallel()
	for image, want := range map[string]string{
		"busybox": logins.DockerHub, "busybox:latest": logins.DockerHub, "library/busybox": logins.DockerHub, "docker.io/library/busybox": logins.DockerHub,
		"localhost/x": "localhost", "127.0.0.1:5000/x:1": "127.0.0.1:5000", "registry.example.org/a/b@sha256:00": "registry.example.org",
	} {
		if got := registryOf(image); got != want {
			t.Errorf("%s: got %s, want %s", image, got, want)
		}
	}
}
