package plan

import (
	"cmp"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// Again is what decides about another try after infrastructure failed a task.
// Such tries are apart from the flow's retries, and their number has no bound.
type Again struct {
	At      time.Time     // when the pause before the next try is over
	Pause   time.Duration // how long that is
	Running time.Duration // how long agents have run so far: a clock that never jumps
	// GiveUpAfter is how long, by that clock, a task is tried from its first
	// failure on.
	GiveUpAfter time.Duration
}

// since is when the tries of a task began. Zero means never, so a clock at its
// very beginning counts as just after it.
func (a Again) since(task run.Task) time.Duration {
	return cmp.Or(task.FaultSince, max(a.Running, 1))
}

// fits reports whether the next try is within a task's time.
func (a Again) fits(task run.Task) bool {
	return a.Running-a.since(task)+a.Pause <= a.GiveUpAfter
}

// rest leaves a task alone until its next try.
func (a Again) rest(task *run.Task) {
	task.FaultSince = a.since(*task)
	task.State, task.Faults, task.NextTry = run.TaskPending, task.Faults+1, a.At
}

// Rest is how long a task is left alone until its next try, as an earlier agent
// recorded it. No pause is longer than longest: a next try that is further away
// was recorded by a clock that has jumped since.
func Rest(task run.Task, now time.Time, longest time.Duration) time.Duration {
	if task.NextTry.IsZero() {
		return 0
	}
	return min(max(0, task.NextTry.Sub(now)), longest)
}
