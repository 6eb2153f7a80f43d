package retain

import (
	"fmt"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// Limits say how long what is kept.
type Limits struct {
	Files    time.Duration // objects, inputs and outputs, after the last run that needs them has ended
	Logs     time.Duration // what tasks printed, after their run has ended
	Runs     time.Duration // rows and explanations, after the run has ended
	FilesMin time.Duration // files that are younger stay, however short the disk is
}

// files and logs are at most Runs: without the rows they could not be found.
func (l Limits) files() time.Duration { return min(l.Files, l.Runs) }
func (l Limits) logs() time.Duration  { return min(l.Logs, l.Runs) }

// interval is between two looks, the longest unless something is kept for a
// short time only.
func (l Limits) interval(longest time.Duration) time.Duration {
	shortest := min(l.files(), l.logs(), l.Runs, l.FilesMin)
	return max(min(longest, shortest/4), time.Second)
}

// Which states are over, so that nothing needs the files any more. What stands
// in none of these tables keeps them, such as a state of a newer version.
var (
	arrivalOver = map[run.ArrivalState]bool{
		run.ArrivalReceiving: false, run.ArrivalIncomplete: false, run.ArrivalComplete: false,
		run.ArrivalMatched: true, run.ArrivalUnmatched: true, run.ArrivalSuperseded: true, run.ArrivalDiscarded: true,
		run.ArrivalGrouped: true, run.ArrivalIgnored: true,
	}
	runOver = map[run.State]bool{
		run.Pending: false, run.Running: false, run.Sending: false, run.Canceling: false, run.Done: true, run.Failed: true, run.Canceled: true,
	}
	deliveryOver = map[run.DeliveryState]bool{
		run.DeliveryPending: false, run.DeliverySending: false,
		run.DeliveryUncommitted: false, run.DeliveryCommitted: true,
		run.DeliverySent: true, run.DeliveryFailed: true, run.DeliveryAbandoned: true,
	}
	// an attempt that has ended writes no more, even if its executor is away and
	// cannot remove it
	attemptOver = map[run.AttemptState]bool{
		run.AttemptIntended: false, run.AttemptStarted: false, run.AttemptEnded: true, run.AttemptRemoved: true,
	}
)

// runNeeded says what needs the files, the logs and the rows of a run, for
// people; "": nothing does.
func runNeeded(r run.KeptRun) string {
	if !runOver[r.State] {
		return fmt.Sprintf("the run is %s", r.State)
	}
	for _, state := range r.Deliveries {
		if !deliveryOver[state] {
			return fmt.Sprintf("a delivery is %s", state)
		}
	}
	for _, state := range r.Attempts {
		if !attemptOver[state] {
			return fmt.Sprintf("an attempt is %s", state)
		}
	}
	return ""
}

// arrivalNeeded says what needs the objects and the rows of an arrival, for
// people; "": nothing does.
func arrivalNeeded(a run.KeptArrival) string {
	if !arrivalOver[a.State] {
		return fmt.Sprintf("the arrival is %s", a.State)
	}
	for _, state := range a.Revisions {
		if !arrivalOver[state] {
			return fmt.Sprintf("a later revision of it is %s", state)
		}
	}
	for _, r := range a.Runs {
		if why := runNeeded(r); why != "" {
			return fmt.Sprintf("run %.8s: %s", r.ID, why)
		}
	}
	return ""
}

// lateUntil is how long after its end objects may come late for an arrival of a
// series or study: a revision is made of these and of its own.
func lateUntil(a run.KeptArrival) time.Duration {
	c, err := a.Rule.Complete()
	if err != nil || !a.Rule.Groups() || c.Late == flow.LateIgnore {
		return 0
	}
	return c.LateWindow
}

// runEnd is when a run has ended: its last task or its last delivery.
func runEnd(r run.KeptRun) time.Time { return latest(r.Created, r.Finished, r.Sent, r.Delivered) }

// arrivalEnd is when the last run of an arrival has ended; of one without a run,
// when the arrival itself has.
func arrivalEnd(a run.KeptArrival) time.Time {
	end := latest(a.Opened, a.Completed)
	for _, r := range a.Runs {
		end = latest(end, runEnd(r))
	}
	return end
}

func latest(first time.Time, others ...time.Time) time.Time {
	for _, t := range others {
		if t.After(first) {
			first = t
		}
	}
	return first
}

// dueRun says whether what is kept so long after the end of a run may go.
func (c clockNow) dueRun(r run.KeptRun, kept time.Duration) bool {
	return runNeeded(r) == "" && c.age(runEnd(r)) >= kept
}

// dueArrival says whether what is kept so long after the end of an arrival's
// last run may go.
func (c clockNow) dueArrival(a run.KeptArrival, kept time.Duration) bool {
	return arrivalNeeded(a) == "" && c.age(arrivalEnd(a)) >= kept && c.age(latest(a.Opened, a.Completed)) >= lateUntil(a)
}

// dueRows is dueRun for the rows of a run: its files are gone, and its executors
// have removed its attempts, which is recorded in these rows.
func (c clockNow) dueRows(r run.KeptRun, kept time.Duration) bool {
	removed := !slices.ContainsFunc(r.Attempts, func(state run.AttemptState) bool { return state != run.AttemptRemoved })
	return c.dueRun(r, kept) && !r.FilesRemoved.IsZero() && !r.LogsRemoved.IsZero() && removed
}

// dueObjects is dueArrival for objects. The files of the arrival's runs go
// first: a run whose files are there has its objects, too.
func (c clockNow) dueObjects(a run.KeptArrival, kept time.Duration) bool {
	return c.dueArrival(a, kept) && !slices.ContainsFunc(a.Runs, func(r run.KeptRun) bool { return r.FilesRemoved.IsZero() })
}

// dueEarly says whether the files of a run may go before their age, since the
// disk is short. What a destination did not get waits for its age: it may exist
// nowhere else.
func (c clockNow) dueEarly(r run.KeptRun, least time.Duration) bool {
	return c.dueRun(r, least) && !slices.Contains(r.Deliveries, run.DeliveryFailed)
}

// dueObjectsEarly is dueEarly for objects, once the files of their runs are gone.
func (c clockNow) dueObjectsEarly(a run.KeptArrival, least time.Duration) bool {
	return c.dueArrival(a, least) && !slices.ContainsFunc(a.Runs, func(r run.KeptRun) bool {
		return r.FilesRemoved.IsZero() && !c.dueEarly(r, least)
	})
}
