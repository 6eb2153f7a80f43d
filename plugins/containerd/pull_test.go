package containerd

import (
	"context"
	"testing"

	"github.com/containerd/containerd/v2/client"
	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/containerd/errdefs"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
)

// tag gives sitetest.Busybox another name for the time of the test.
func tag(t *testing.T, name string) {
	t.Helper()
	images, ctx := imagesOf(t)
	record, err := images.Get(ctx, "docker.io/library/"+sitetest.Busybox)
	if err != nil {
		t.Fatal(err)
	}
	record.Name = name
	if _, err := images.Create(ctx, record); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { untag(t, name) })
}

func untag(t *testing.T, name string) {
	images, ctx := imagesOf(t)
	if err := images.Delete(context.WithoutCancel(ctx), name); err != nil && !errdefs.IsNotFound(err) {
		t.Error(err)
	}
}

func imagesOf(t *testing.T) (images.Store, context.Context) {
	t.Helper()
	way, err := client.New(socket())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { way.Close() })
	return way.ImageService(), namespaces.WithNamespace(context.Background(), "raddeploy")
}
