package containerd

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/containerd/containerd/v2/client"
	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/containerd/errdefs"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
)

// tag gives sitetest.Busybox another name for the time of the test.
func tag(t *testing.T, s *site, name string) {
	t.Helper()
	images, ctx := imagesOf(t, s)
	record, err := images.Get(ctx, "docker.io/library/"+sitetest.Busybox)
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
	sitetest.NeedRegistry(t)
	for name, image := range map[string]string{
		"the registry does not have it":    "127.0.0.1:5000/raddeploy-test/only-here:latest",
		"there is no registry":             "127.0.0.1:1/raddeploy-test/only-here:latest",
		"the registry says nothing at all": sitetest.SilentRegistry(t) + "/raddeploy-test/only-here:latest",
	} {
		tag(t, s, image)
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
	sitetest.NeedRegistry(t)
	const image = "localhost:5000/busybox:latest"
	untag(t, s, image)
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
