package run

import (
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
)

// RemovalKind is what of an arrival or a run is removed at once.
type RemovalKind string

// The kinds. Objects belong to an arrival, the others to a run.
const (
	RemoveObjects RemovalKind = "objects" // the files of received objects
	RemoveOutputs RemovalKind = "outputs" // inputs, outputs and working folders
	RemoveLogs    RemovalKind = "logs"    // what its tasks printed
	// the rows themselves, with all that belongs to them
	RemoveArrivals RemovalKind = "arrivals"
	RemoveRuns     RemovalKind = "runs"
)

// Removal is the removal of files that is recorded and not done yet.
type Removal struct {
	Kind   RemovalKind // objects, outputs or logs
	Seq    int64       // of the arrival or run
	ID     string      // of the arrival or run
	Since  time.Time
	Reason string // why some of it could not be removed; "" if nothing is known
}

// KeptArrival is what tells whether something of an arrival may be removed.
type KeptArrival struct {
	Seq          int64
	ID           ArrivalID
	State        ArrivalState
	Opened       time.Time
	Completed    time.Time
	FilesRemoved time.Time // of its objects; zero: they are kept
	Runs         []KeptRun
	// The next are of arrivals of a series or study, and of the associations
	// that sent to them.
	Rule      flow.Rule
	Revisions []ArrivalState // of the later revisions that build on it, each once
	SentTo    int            // how many arrivals of a series or study it sent to
}

// KeptRun is what tells whether something of a run may be removed.
type KeptRun struct {
	Seq          int64
	ID           ID
	Arrival      int64 // its sequence number
	State        State
	Created      time.Time
	Finished     time.Time       // its last task ended
	Sent         time.Time       // its results were sent
	Delivered    time.Time       // the last of its deliveries ended, well or not
	Deliveries   []DeliveryState // the states that its deliveries are in, each once
	Attempts     []AttemptState  // the states that its attempts are in, each once
	FilesRemoved time.Time       // zero: they are kept
	LogsRemoved  time.Time       // zero: they are kept
}

// RetentionClock is what an agent remembers of the wall clock, so that a jump of
// it makes nothing older.
type RetentionClock struct {
	Began time.Time // an agent looked for the first time
	Seen  time.Time // an agent looked for the last time
	Jumps []ClockJump
}

// ClockJump is a step of the wall clock ahead that no time has passed for.
type ClockJump struct {
	Before time.Time     // what was recorded until then was recorded before the jump
	Size   time.Duration // always ahead
}
