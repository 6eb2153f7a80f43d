package containerd

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/containerd/containerd/v2/client"
	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/containerd/errdefs"

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
func tag(t *testing.T, s *site, name string) {
	t.Helper()
	images, ctx := imagesOf(t, s)
	record, err := images.Get(ctx, "docker.io/library/"+busybox)
	if err != nil {
		t.Fatal(err)
	}
	record.Name = name
	if _, err := images.Create(ctx, record); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { untag(t, s, name) })
}

func untag(t *testing.T, s *site, name string) {
	images, ctx := imagesOf(t, s)
	if err := images.Delete(context.WithoutCancel(ctx), name); err != nil && !errdefs.IsNotFound(err) {
		t.Error(err)
	}
}

func imagesOf(t *testing.T, s *site) (images.Store, context.Context) {
	t.Helper()
	way, err := client.New(strings.TrimPrefix(s.endpoint, "unix://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { way.Close() })
	return way.ImageService(), namespaces.WithNamespace(context.Background(), "raddeploy")
}

func TestPullThatFailsIsAWarningWhereTheImageIs(t *testing.T) {
	t.Parallel()
	s := newSite(t, `{"pull_patience": "300ms"}`)
	needRegistry(t)
	for name, image := range map[string]string{
		"the registry does not have it":    "127.0.0.1:5000/raddeploy-test/only-here:latest",
		"there is no registry":             "127.0.0.1:1/raddeploy-test/only-here:latest",
		"the registry says nothing at all": silentRegistry(t) + "/raddeploy-test/only-here:latest",
	} {
		tag(t, s, image)
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
	needRegistry(t)
	const image = "localhost:5000/busybox:latest"
	untag(t, s, image)
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
