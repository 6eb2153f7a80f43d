package containerd

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/pkg/identifiers"

	"github.com/raddeploy/raddeploy/plugins/internal/lifetest"
	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

func TestAnyAttemptHasANameOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]sdk.AttemptID{}
	label := regexp.MustCompile(`^[a-zA-Z0-9.-]+$`)
	for _, id := range []sdk.AttemptID{"a", "a-b", "a--b", "a-b-", "-a-b", "-", "--", sdk.AttemptID(strings.Repeat("a", 64)), sdk.AttemptID(strings.Repeat("-", 64))} {
		name := engine.ContainerName(id)
		if err := identifiers.Validate(name); err != nil || !label.MatchString(name) {
			t.Errorf("%s: %s: %v", id, name, err)
		}
		if other, twice := seen[name]; twice {
			t.Errorf("%s and %s are both %s", id, other, name)
		}
		seen[name] = id
	}
}

func TestAttemptOfAnOddName(t *testing.T) {
	t.Parallel()
	s := containerd.Site(t, "")
	task := s.Task("true")
	task.Attempt += "--"
	if got := s.Run(task); !got.Succeeded() {
		t.Errorf("%+v", got.Exit)
	}
	s.Relaunch()
	held, err := s.Executor.List(t.Context())
	if err != nil || len(held) != 1 || held[0].Attempt != task.Attempt || !held[0].Ended {
		t.Errorf("%v, %v", held, err)
	}
}

// TestImageIsKeptWhileItIsUsed removes an image's only name, and has containerd
// collect garbage, while a container of it waits to be started.
func TestImageIsKeptWhileItIsUsed(t *testing.T) {
	t.Parallel()
	s := containerd.Site(t, "")
	const name = "localhost/raddeploy-test/gone:1"
	tag(t, name)
	task := s.Task("echo still there")
	task.Container.Image = name
	s.Make(task)
	all, ctx := imagesOf(t)
	if err := all.Delete(ctx, name, images.SynchronousDelete()); err != nil {
		t.Fatal(err)
	}
	s.Relaunch()
	if err := s.Executor.Recover(context.Background(), task, nil); err != nil {
		t.Fatal(err)
	}
	if got := s.Watch(task.Attempt); !got.Succeeded() || s.Logs(task.Attempt, sdk.Stdout) != "still there\n" {
		t.Errorf("%+v", got.Exit)
	}
	record, err := own(s).api.FindContainer(t.Context(), engine.ContainerName(task.Attempt))
	if err != nil || record.Labels["containerd.io/gc.ref.content.raddeploy"] != mustDigest(t, s) {
		t.Errorf("%v, %v", record.Labels, err)
	}
}

func mustDigest(t *testing.T, s *lifetest.Site) string {
	t.Helper()
	image, err := own(s).api.FindImage(t.Context(), "docker.io/library/"+sitetest.Busybox)
	if err != nil {
		t.Fatal(err)
	}
	return image.Digest.String()
}
