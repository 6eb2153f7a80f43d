package docker

import (
	"errors"
	"io"
	"net"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/logins"
	"github.com/raddeploy/raddeploy/plugins/internal/pulls"
	"github.com/raddeploy/raddeploy/sdk"
)

// silentRegistry takes connections and never answers.
func silentRegistry(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			group.Go(func() { _, _ = io.Copy(io.Discard, conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		for _, conn := range open {
			conn.Close()
		}
		mu.Unlock()
		group.Wait()
	})
	return listener.Addr().String()
}

// tag gives busybox another name for the time of the test.
func tag(t *testing.T, name string) {
	t.Helper()
	if out, err := exec.Command("docker", "tag", busybox, name).CombinedOutput(); err != nil {
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
		"the registry says nothing at all": silentRegistry(t) + "/raddeploy-test/only-here:latest",
	} {
		tag(t, image)
		for _, round := range []string{"first", "second"} {
			task := s.task("true")
			task.Container.Image, task.Container.Pull = image, sdk.PullAlways
			begun := time.Now()
			s.start(task)
			if got := s.watch(task.Attempt); !got.Succeeded() || len(got.warnings) != 1 {
				t.Errorf("%s: %+v, warnings %q", name, got.Exit, got.warnings)
			} else {
				t.Logf("%s, %s time: %v: %s", name, round, time.Since(begun), got.warnings[0])
			}
			if rests := s.executor.pulls.Rests(image); !rests {
				t.Errorf("%s: the next attempt would wait for the registry again", name)
			}
		}
	}
}

func TestPullAlwaysFetches(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	const image = "127.0.0.1:5000/busybox:latest"
	_ = exec.Command("docker", "rmi", image).Run()
	for range 2 { // it is not there, then it is
		task := s.task("true")
		task.Container.Image, task.Container.Pull = image, sdk.PullAlways
		if got := s.run(task); !got.Succeeded() || len(got.warnings) != 0 || !strings.HasPrefix(got.ImageDigest, "sha256:") {
			t.Errorf("%+v, warnings %q", got.Exit, got.warnings)
		}
	}
	var told []sdk.Progress
	if err := s.executor.Prefetch(t.Context(), image, func(p sdk.Progress) error { told = append(told, p); return nil }); err != nil {
		t.Errorf("prefetch: %v", err)
	}
	if err := s.executor.Prefetch(t.Context(), "127.0.0.1:1/no/such:image", nil); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("prefetch from nowhere: %v", err)
	}
}

func TestWhilePulling(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	task := s.task("true")
	task.Container.Image, task.Container.Pull = silentRegistry(t)+"/never:latest", sdk.PullAlways
	begun := time.Now()
	s.start(task)
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("start waited %v for the registry", took)
	}
	s.until(task.Attempt, sdk.Pulling)
	if held, err := s.executor.List(t.Context()); err != nil || !slices.Equal(held, []sdk.Held{{Attempt: task.Attempt}}) {
		t.Errorf("list: %v, %v", held, err)
	}
	s.relaunch()
	if err := s.executor.Recover(t.Context(), task, nil); sdk.KindOf(err) != sdk.NotFound {
		t.Errorf("recover: %v", err)
	}
	s.start(task)
	s.until(task.Attempt, sdk.Pulling)
	if err := s.executor.Logs(t.Context(), task.Attempt, sdk.LogRequest{Stream: sdk.Stdout}, nil); err != nil {
		t.Errorf("logs: %v", err)
	}
	if err := s.executor.Stop(t.Context(), task.Attempt, time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := s.watch(task.Attempt); got.Reason != sdk.Stopped || !got.Started.IsZero() {
		t.Errorf("%+v", got.Exit)
	}
}

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

func TestRegistryAway(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]bool{
		`Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host`: true,
		`net/http: request canceled while waiting for connection (Client.Timeout exceeded)`:           true,
		`manifest for 127.0.0.1:5000/no/such:image not found: manifest unknown`:                       false,
		`pull access denied for private, repository does not exist or may require 'docker login'`:     false,
	} {
		if got := pulls.RegistryAway(errors.New(said)); got != want {
			t.Errorf("%s: %v", said, got)
		}
	}
}
