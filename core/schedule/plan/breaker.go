package plan

import (
	"fmt"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// Start is what the end of an attempt says about its executor's ability to start
// tasks.
type Start int

// The possibilities.
const (
	Unsaid  Start = iota // nothing: the task was wrong, its image was missing, the site failed
	Worked               // a process ran
	Failing              // the executor could not start what it should be able to start
)

// StartOf says what an attempt's end says about its executor. What the task
// itself caused says nothing, so that one bad flow keeps no other from running.
func StartOf(e run.Ending) Start {
	switch {
	case !e.Exit.Started.IsZero():
		return Worked
	case e.Exit.Reason == sdk.StartFailed && !e.Exit.Permanent && !e.Rejected && !e.Broken:
		return Failing
	}
	return Unsaid
}

// failuresToOpen is how many starts in a row have to fail until an executor is
// given no more tasks.
const failuresToOpen = 3

// Breaker keeps an executor whose starts fail from failing all tasks that come.
// While it is open the executor is given one task at a time, each after a pause;
// one that starts closes it. The zero value is closed.
type Breaker struct {
	Failed int    // starts in a row that failed
	Pauses int    // that there have been since it opened; 0: it is closed
	Reason string // of the last that failed
}

// Open reports whether the executor is given one task at a time at the most.
func (b Breaker) Open() bool { return b.Pauses > 0 }

// After is the breaker after a start. A probe is the one task that an open one
// lets through: the others were on their way before it opened.
func (b Breaker) After(start Start, reason string, probe bool) Breaker {
	switch start {
	case Worked:
		return Breaker{}
	case Failing:
		b.Failed, b.Reason = b.Failed+1, reason
		if probe && b.Open() || !b.Open() && b.Failed >= failuresToOpen {
			b.Pauses++
		}
	}
	return b
}

// Message says why the executor is given no tasks.
func (b Breaker) Message() string {
	return fmt.Sprintf("its last %d starts failed: it is tried with one task at a time until one starts; the last failed because: %s", b.Failed, b.Reason)
}
