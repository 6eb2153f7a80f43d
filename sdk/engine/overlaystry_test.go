package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A file system on which overlays did not work is tried again after a while, and
// one on which they work is not.
func TestOverlaysAreTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries, works := 0, false
		o := overlays{try: func(string, Way) bool { tries++; return works }}
		folder := t.TempDir()
		way := func(want Way, wantTries int) {
			t.Helper()
			if got := o.way(folder); got != want || tries != wantTries {
				t.Errorf("way %d after %d tries; want %d after %d", got, tries, want, wantTries)
			}
		}
		all := int(Volatile - Copied)
		way(Copied, all)
		works = true
		time.Sleep(tryAgain / 2)
		way(Copied, all)
		time.Sleep(tryAgain)
		way(Volatile, all+1)
		time.Sleep(2 * tryAgain)
		way(Volatile, all+1)
		if o.fails(folder, "mount overlay: no such device"); o.way(folder) != Copied {
			t.Error("the runtime could not mount one, and it is asked for the next")
		}
		time.Sleep(2 * tryAgain)
		way(Volatile, all+2)
	})
}

// A try leaves nothing, nor do those of processes that were killed in the middle of one.
// What may be another process's stays.
func TestATryLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	old, now := filepath.Join(folder, tryPrefix+"1"), filepath.Join(folder, tryPrefix+"2")
	for _, probe := range []string{old, now} {
		if err := os.MkdirAll(filepath.Join(probe, "merged"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	hourAgo := time.Now().Add(-time.Hour)
	if err := os.Chtimes(old, hourAgo, hourAgo); err != nil {
		t.Fatal(err)
	}
	tryOverlay(folder, Volatile)
	left, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(left) != 1 || left[0] != now {
		t.Errorf("left are %v, %v", left, err)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil || strings.Contains(string(mounts), folder) {
		t.Errorf("an overlay is still mounted, %v:\n%s", err, mounts)
	}
}

// A process that is killed while it tries leaves no mount: there is none that others see.
func TestATryIsSeenByNobody(t *testing.T) {
	folder, seen := t.TempDir(), make(chan bool)
	stop := make(chan struct{})
	go func() {
		for found := false; ; {
			mounts, err := os.ReadFile("/proc/1/mountinfo")
			found = found || err == nil && strings.Contains(string(mounts), folder)
			select {
			case <-stop:
				seen <- found
				return
			default:
			}
		}
	}()
	for range 50 {
		tryOverlay(folder, Volatile)
	}
	close(stop)
	if <-seen {
		t.Error("the mount of a try is seen by another process")
	}
}
