package fleet

import (
	"cmp"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
)

// probes is the pause before an executor whose starts fail is given a task
// again.
var probes = wake.Backoff{First: 5 * time.Second, Longest: 5 * time.Minute}

// giveUpAfter is how long a task is tried that infrastructure failed, unless the
// site says otherwise.
const giveUpAfter = 24 * time.Hour

// breaker is the state of an executor's [plan.Breaker].
type breaker struct {
	mu      sync.Mutex
	now     plan.Breaker
	opened  string        // what it said when it opened: what waits is told this, and not each change of it
	resting bool          // the pause before the next task is not over
	probe   run.AttemptID // the one task that it was given
}

// GiveUpAfter is how long a task is tried that infrastructure failed on an
// executor.
func (f *Fleet) GiveUpAfter(instance string) time.Duration {
	return cmp.Or(f.Executor(instance).Config().GiveUpAfter, giveUpAfter)
}

// Tried tells how an attempt ended, which says whether its executor can start
// tasks.
func (f *Fleet) Tried(a run.Attempt, e run.Ending) {
	f.started(a.Executor, a.ID, plan.StartOf(e), e.Reason)
}

// Runs tells that the process of an attempt runs: its executor starts tasks.
func (f *Fleet) Runs(a run.Attempt) { f.started(a.Executor, a.ID, plan.Worked, "") }

func (f *Fleet) started(instance string, id run.AttemptID, start plan.Start, reason string) {
	b := &f.Executor(instance).breaker
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.now
	b.now = before.After(start, reason, id == b.probe)
	if id == b.probe {
		b.probe = ""
	}
	switch {
	case !before.Open() && b.now.Open():
		b.opened = b.now.Message()
		f.logger.Error("executor cannot start tasks: it is tried with one at a time", "executor", instance, "failed", b.now.Failed, "reason", reason)
	case before.Open() && !b.now.Open():
		b.resting, b.probe = false, ""
		f.logger.Info("executor starts tasks again", "executor", instance)
	}
	if b.now.Pauses > before.Pauses {
		b.resting = true
		time.AfterFunc(probes.After(b.now.Pauses), func() { f.endRest(b) })
	}
	if b.now != before || start == plan.Unsaid {
		f.changed()
	}
}

func (f *Fleet) endRest(b *breaker) {
	b.mu.Lock()
	b.resting = false
	b.mu.Unlock()
	f.changed()
}

// limit takes from an offer what an open breaker does not let through.
func (b *breaker) limit(offer *plan.Executor) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.now.Open() || !offer.Up {
		return
	}
	offer.Message, offer.One = b.opened, true
	offer.Up = !b.resting && b.probe == ""
}

// reset closes the breaker: the executor has other settings.
func (b *breaker) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now, b.resting, b.probe = plan.Breaker{}, false, ""
}

// leased records the one task that an open breaker lets through.
func (b *breaker) leased(id run.AttemptID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.now.Open() && b.probe == "" {
		b.probe = id
	}
}

// over records that an attempt is over, or was never begun: if it was the one
// task that an open breaker let through, another may come.
func (b *breaker) over(id run.AttemptID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.probe == id {
		b.probe = ""
	}
}

// probed tells the executors that an attempt is over, or was never begun.
func (f *Fleet) probed(id run.AttemptID) {
	for _, e := range f.Executors() {
		e.breaker.over(id)
	}
}

// message says why the executor is given no tasks; "": it is.
func (b *breaker) message() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.now.Open() {
		return ""
	}
	return b.now.Message()
}
