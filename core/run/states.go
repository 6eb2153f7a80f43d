package run

import "slices"

// State is the state of an arrival, run, task, attempt or delivery. Each has
// its own set.
type State string

// States of an arrival.
const (
	Receiving State = "receiving" // its association is open
	// its association was aborted; it waits for an operator or for the sender's
	// next try
	Incomplete State = "incomplete"
	Complete   State = "complete"   // to be matched against the flows
	Matched    State = "matched"    // at least one run was created
	Unmatched  State = "unmatched"  // no flow wanted it
	Superseded State = "superseded" // its objects went into a later arrival of the same sender
	Discarded  State = "discarded"  // the site throws away what aborted associations leave
)

// States of a run. Pending, Running and Failed are states of tasks, too.
const (
	Pending  State = "pending"  // no task has been started
	Running  State = "running"  // at least one task has been started
	Sending  State = "sending"  // all tasks succeeded; deliveries are open
	Done     State = "done"     // everything is sent, or there was nothing to send
	Failed   State = "failed"   // a task or a delivery failed for good
	Canceled State = "canceled" // an operator ended it
)

// States of a task. A task is Pending until an attempt is made, Running while
// its attempts are.
const (
	Succeeded State = "succeeded"
	Skipped   State = "skipped" // a task that it depends on failed
)

// States of an attempt.
const (
	Intended State = "intended" // noted before the executor is asked to start it
	Started  State = "started"  // the executor has taken it on
	Ended    State = "ended"    // its outcome is noted and its outputs are collected
	Removed  State = "removed"  // the executor has forgotten it
)

// States of a delivery and of each of its objects. A delivery that waits for
// its next try is Pending.
const (
	Sent      State = "sent"
	NotDICOM  State = "not-dicom" // of an object: a file that cannot be sent
	Abandoned State = "abandoned" // of a delivery: its run was canceled
)

// transitions is the one table of which state may follow which.
var transitions = map[string]map[State][]State{
	"arrival": {
		Receiving:  {Complete, Incomplete, Discarded},
		Incomplete: {Complete, Superseded, Discarded},
		Complete:   {Matched, Unmatched},
	},
	"run": {
		Pending: {Running, Failed, Canceled},
		Running: {Sending, Done, Failed, Canceled},
		Sending: {Done, Failed, Canceled},
	},
	"task": {
		Pending: {Running, Failed, Skipped, Canceled},
		Running: {Pending, Succeeded, Failed, Canceled}, // back to Pending for the next try
	},
	"attempt": {
		Intended: {Started, Ended},
		Started:  {Ended},
		Ended:    {Removed},
	},
	"delivery": {
		Pending: {Sending, Abandoned},
		Sending: {Pending, Sent, Failed},
	},
}

// Before returns the states from which a thing ("arrival", "run", "task",
// "attempt", "delivery") may go to a state.
func Before(thing string, to State) []State {
	var from []State
	for state, next := range transitions[thing] {
		if slices.Contains(next, to) {
			from = append(from, state)
		}
	}
	slices.Sort(from)
	return from
}

// Final reports whether no state follows this one.
func Final(thing string, state State) bool { return len(transitions[thing][state]) == 0 }
