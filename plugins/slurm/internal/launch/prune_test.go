package launch_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/launch"
	"github.com/raddeploy/raddeploy/sdk"
)

// image is the name of an image in a cache.
func image(digit string) string { return "sha256-" + strings.Repeat(digit, 64) }

// cacheOf makes a cache of entries that were made a number of days ago. One that
// ends with a slash is an image's folder.
func cacheOf(t *testing.T, entries map[string]int) string {
	t.Helper()
	cache := t.TempDir()
	for name, days := range entries {
		path := filepath.Join(cache, name)
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(filepath.Join(path, "rootfs", "closed"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(filepath.Join(path, "rootfs", "closed"), 0o500); err != nil {
				t.Fatal(err)
			}
		} else if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		} else if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		made := time.Now().Add(-time.Duration(days) * 24 * time.Hour)
		if err := os.Chtimes(path, made, made); err != nil {
			t.Fatal(err)
		}
	}
	return cache
}

func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".lock") && entry.Name() != "used" && entry.Name() != "references" {
			out = append(out, entry.Name())
		}
	}
	return out
}

// An image goes when nobody has used it for long; never one that is in use, or
// that somebody makes or takes at the moment, nor what is no image.
func TestImagesArePrunedByAge(t *testing.T) {
	cache := cacheOf(t, map[string]int{
		image("1") + "/": 40, image("2") + ".sif": 40, image("3") + ".sqsh": 40, // old
		image("4") + "/": 40,                          // old and used
		image("5") + "/": 10, image("6") + ".sif": 10, // young
		image("7") + "/": 40, "used/" + image("7"): 10, // made long ago, and used since
		image("8") + "/":     40,                                      // locked
		image("9") + ".tmp/": 40, "tmp-17-" + image("a") + ".sif": 40, // left by crashes
		image("b") + ".tmp/": 1, "tmp-18-" + image("c") + ".sif": 1, // being made
		"models/": 400, "notes.txt": 400, // somebody's own
	})
	locked, err := os.Create(filepath.Join(cache, image("8")+".lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer locked.Close()
	if err := unix.Flock(int(locked.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-30 * 24 * time.Hour)
	removed, err := launch.Prune(cache, before, map[string]bool{image("4"): true})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{image("1"), image("2") + ".sif", image("3") + ".sqsh", image("9") + ".tmp"}; !slices.Equal(removed, want) {
		t.Errorf("removed %v, want %v", removed, want)
	}
	left := []string{"models", "notes.txt", image("4"), image("5"), image("6") + ".sif", image("7"), image("8"), image("b") + ".tmp", "tmp-18-" + image("c") + ".sif"}
	if got := names(t, cache); !slices.Equal(got, left) {
		t.Errorf("left are %v, want %v", got, left)
	}
	if again, err := launch.Prune(cache, before, map[string]bool{image("4"): true}); err != nil || len(again) > 0 {
		t.Errorf("the second time: removed %v, %v", again, err)
	}
	if none, err := launch.Prune(filepath.Join(cache, "missing"), before, nil); err != nil || len(none) > 0 {
		t.Errorf("of no cache: removed %v, %v", none, err)
	}
}

// A fetched image counts as used, however old it is; one that was pruned is
// fetched again.
func TestAFetchedImageIsUsed(t *testing.T) {
	reference, _ := published(t)
	cache := t.TempDir()
	l := newNode(t, launch.Config{Launcher: "oci", Cache: cache}).launcher
	fetch := func() string {
		t.Helper()
		f, _, err := l.Fetch(t.Context(), &launch.Container{Image: reference, Pull: sdk.PullMissing}, func(sdk.Progress) {})
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Dir(f.Root)
	}
	folder, old := fetch(), time.Now().Add(-90*24*time.Hour)
	everything, err := filepath.Glob(filepath.Join(cache, "*"))
	if err != nil {
		t.Fatal(err)
	}
	used, err := filepath.Glob(filepath.Join(cache, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(everything, used...) {
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	before := time.Now().Add(-30 * 24 * time.Hour)
	fetch()
	if removed, err := launch.Prune(cache, before, nil); err != nil || len(removed) > 0 {
		t.Errorf("removed %v, %v", removed, err)
	}
	if removed, err := launch.Prune(cache, time.Now().Add(time.Hour), nil); err != nil || len(removed) != 1 {
		t.Errorf("when it was old: removed %v, %v", removed, err)
	}
	if left, err := filepath.Glob(filepath.Join(cache, "*", "*")); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
	if again := fetch(); again != folder {
		t.Errorf("fetched again to %s", again)
	} else if _, err := os.Stat(filepath.Join(again, "rootfs")); err != nil {
		t.Error(err)
	}
}
