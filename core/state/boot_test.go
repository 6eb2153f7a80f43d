package state

import (
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// Attempts that are open over a boot of their host are marked, those that ended
// before or began after it are not.
func TestSetBoot(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	arrival := arrive(t, db, run.ArrivalComplete, "1.9", "1.1")
	r := run.Run{ID: run.NewID(), Definition: []byte("{}"), Objects: []int64{1}, Created: time.Now()}
	check(t, db.SetMatched(ctx, run.Matching{
		Arrival: arrival, State: run.ArrivalMatched, Runs: []run.Run{r}, Tasks: [][]string{{"ended", "intended", "started", "later"}},
	}))
	attempt := func(task int) run.Attempt {
		a := run.Attempt{ID: run.AttemptOf(r.ID, task, 1), Run: r.ID, Task: task, Number: 1, Executor: "docker", Intended: time.Now()}
		check(t, db.Intend(ctx, a))
		return a
	}
	check(t, db.SetBoot(ctx, "one")) // the first that is known: nothing was open before
	check(t, db.Settle(ctx, Settlement{Run: r.ID, At: time.Now(), Attempts: []run.Attempt{attempt(0)}}))
	attempt(1)
	check(t, db.SetStarted(ctx, attempt(2).ID, nil, time.Now()))
	check(t, db.SetBoot(ctx, "one"))
	marked := func() (tasks []bool) {
		attempts, err := db.Attempts(ctx, r.ID)
		check(t, err)
		for _, a := range attempts {
			tasks = append(tasks, a.Rebooted)
		}
		return tasks
	}
	for i, rebooted := range marked() {
		if rebooted {
			t.Errorf("task %d is marked in the boot that it began in", i)
		}
	}
	check(t, db.SetBoot(ctx, "two"))
	attempt(3)
	check(t, db.SetBoot(ctx, "two"))
	for i, rebooted := range marked() {
		if want := i == 1 || i == 2; rebooted != want {
			t.Errorf("task %d is marked: %t, want %t", i, rebooted, want)
		}
	}
}
