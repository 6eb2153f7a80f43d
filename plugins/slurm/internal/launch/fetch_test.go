package launch_test

import (
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/launch"
	"github.com/raddeploy/raddeploy/sdk"
)

// published puts a small image into a registry of the test's own, and returns
// its reference and what takes the registry away.
func published(t *testing.T) (reference string, away func()) {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	image, err := random.Image(1024, 3)
	if err != nil {
		t.Fatal(err)
	}
	image, err = mutate.Config(image, v1.Config{Entrypoint: []string{"model"}, User: "12", Env: []string{"A=b"}})
	if err != nil {
		t.Fatal(err)
	}
	reference = strings.TrimPrefix(server.URL, "http://") + "/model:1"
	parsed, err := name.ParseReference(reference)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(parsed, image, remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
	return reference, server.Close
}

// Many jobs that want one image lay it into the cache once; after that it is
// there without its registry, with a warning if it should have been asked.
func TestAnImageIsLaidOnce(t *testing.T) {
	reference, away := published(t)
	dir := t.TempDir()
	l := newNode(t, launch.Config{Launcher: "oci", Cache: dir, NodeCache: "/nodes/cache"}).launcher
	fetch := func(pull sdk.PullPolicy) (launch.Fetched, string, error) {
		return l.Fetch(t.Context(), &launch.Container{Image: reference, Pull: pull}, func(sdk.Progress) {})
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			f, warning, err := fetch(sdk.PullAlways)
			if err != nil || warning != "" || !strings.HasPrefix(f.Root, "/nodes/cache/sha256-") || f.Config.User != "12" {
				t.Errorf("fetched %+v, warning %q, %v", f, warning, err)
			}
		})
	}
	all.Wait()
	folders, err := filepath.Glob(filepath.Join(dir, "sha256-*", "rootfs"))
	if err != nil || len(folders) != 1 {
		t.Errorf("the cache has %v, %v; want one image", folders, err)
	}
	away()
	if _, warning, err := fetch(sdk.PullAlways); err != nil || warning == "" {
		t.Errorf("without its registry: warning %q, %v; want a warning alone", warning, err)
	}
	if _, warning, err := fetch(sdk.PullMissing); err != nil || warning != "" {
		t.Errorf("without need of its registry: warning %q, %v", warning, err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "references")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := fetch(sdk.PullMissing); err == nil {
		t.Error("an image that nobody knows was fetched")
	}
}

// What a crash left of an image that was being laid is not taken for the image.
func TestAHalfLaidImageIsLaidAnew(t *testing.T) {
	reference, _ := published(t)
	dir := t.TempDir()
	l := newNode(t, launch.Config{Launcher: "charliecloud", Cache: dir}).launcher
	c := &launch.Container{Image: reference}
	first, _, err := l.Fetch(t.Context(), c, func(sdk.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	laid := filepath.Dir(first.Root)
	if err := os.Rename(laid, laid+".tmp"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(laid+".tmp", "rootfs", "left"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Fetch(t.Context(), c, func(sdk.Progress) {}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(first.Root, "left")); err == nil {
		t.Error("the image has a file of an earlier try")
	}
}

// An image that its registry has for other machines alone says so first.
func TestAnImageForOtherMachines(t *testing.T) {
	_ = sitetest.Image(t, "slurm-foreign", func(c *v1.ConfigFile) { c.Architecture = "arm64" }, nil)
	index := sitetest.Index(t, "slurm-foreign-index", "slurm-foreign", "arm64")
	everywhere(t, func(t *testing.T, n *node) {
		c := job("true")
		c.Image = index
		_, _, err := n.launcher.Fetch(t.Context(), c, func(sdk.Progress) {})
		if err == nil || !strings.HasPrefix(err.Error(), "image "+index+": it is for other machines: take one for ") {
			t.Errorf("%v", err)
		}
	})
}
