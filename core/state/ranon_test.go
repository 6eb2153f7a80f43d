package state

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/run"
)

// What an attempt ran on is kept with it, and tells the next one which digest an
// image had before on the same executor.
func TestRanOn(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	arrival := arrive(t, db, run.ArrivalComplete, "1.9", "1.1")
	r := run.Run{ID: run.NewID(), Flow: "seg", Definition: []byte("{}"), Objects: []int64{1}, Created: time.Now()}
	check(t, db.SetMatched(ctx, run.Matching{Arrival: arrival, State: run.ArrivalMatched, Explanation: []byte("[]"), Runs: []run.Run{r}, Tasks: [][]string{{"one", "two"}}}))
	ended := time.Now()
	end := func(task, number int, executor, digest string) run.Attempt {
		t.Helper()
		a := run.Attempt{ID: run.AttemptOf(r.ID, task, number), Run: r.ID, Task: task, Number: number, Executor: executor, Intended: time.Now()}
		check(t, db.Intend(ctx, a))
		a.RanOn = run.RanOn{Image: "model:1", Digest: digest, Plugin: "docker", PluginVersion: "1.2", Node: "n1", Devices: []string{"GPU-1"}, CPU: time.Minute, MemoryPeak: 7}
		a.Warnings = []string{`left out: "\xff"`, "another"}
		ended = ended.Add(time.Second)
		check(t, db.Settle(ctx, Settlement{Run: r.ID, At: ended, Attempts: []run.Attempt{a}, Tasks: []run.Task{{Index: task, State: run.TaskPending}}}))
		return a
	}
	before := func(a run.Attempt, image, want string) {
		t.Helper()
		if got, err := db.DigestBefore(ctx, a, image); got != want || err != nil {
			t.Errorf("before attempt %s %s had %q (%v), want %q", a.ID, image, got, err, want)
		}
	}
	first := end(0, 1, "docker", "sha256:aa")
	before(first, "model:1", "")
	second := end(0, 2, "docker", "sha256:bb")
	before(second, "model:1", "sha256:aa")
	before(second, "model:2", "")
	none := end(0, 3, "docker", "")
	before(none, "model:1", "sha256:bb")
	before(end(1, 1, "other", "sha256:cc"), "model:1", "")

	all, err := db.Attempts(ctx, r.ID)
	check(t, err)
	if diff := cmp.Diff(second.RanOn, all[1].RanOn); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(second.Warnings, all[1].Warnings); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
