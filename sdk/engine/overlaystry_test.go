package engine

import (
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
