package run

import (
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// Commitment is a request of a peer for storage commitment. A peer that asks again
// with the same transaction UID asks for the same one.
type Commitment struct {
	ID          int64
	Peer        Sender // with the titles of the association on which it was asked last
	Transaction dcm.UID
	State       CommitmentState
	Instances   int           // how many it asks for
	Committed   int           // how many of these were committed to; 0 until that is decided
	Asked       time.Time     // when it was asked last
	Since       time.Duration // that, in the time that agents have run
	Tries       int           // at the report
	NextTry     time.Time     // of the report
	Reason      string        // why the report was not taken
	Finished    time.Time
}

// AskCommitment decides whether a request is recorded. Before is the one that the
// peer made with the same transaction UID; nil: none. OfPeer and all are how many
// requests are open. An error refuses the request; false leaves before as it is.
type AskCommitment func(before *Commitment, same bool, ofPeer, all int) (record bool, err error)

// CommitmentEnd is how a try at a report ended.
type CommitmentEnd struct {
	ID     int64
	State  CommitmentState // decided: it is tried again
	Reason string
	Next   time.Time
	At     time.Time
}

// Decided is what was decided about a request.
type Decided struct {
	ID       int64
	Failed   []Uncommitted // all others are committed to
	Arrivals map[int64]int // by sequence number, how many of them each holds
	At       time.Time
}

// Stored is an object that is recorded, in one of the arrivals that hold it whose
// objects are kept.
type Stored struct {
	Object  // with id, UIDs and file alone
	Arrival int64
	State   ArrivalState
}
