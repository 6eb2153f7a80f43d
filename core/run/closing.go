package run

import (
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
)

// Content is an arrival at the end of its receiving.
type Content struct {
	Arrival ArrivalID
	Seq     int64 // grows by arrival order
	Sender  Sender
	Objects int
	Rule    flow.Rule // none: its objects belong to arrivals of series and studies only
	Shared  bool      // some of its objects belong to arrivals of series and studies, too
	Asked   bool      // storage commitment was asked for some of its objects, or given; only known at its end
}

// Kept is an object of an arrival, by what shows that it was sent again.
type Kept struct {
	ID       int64   // [Object.ID]
	Series   dcm.UID // "" if it names none
	Instance dcm.UID // "" if it names none
}

// Incomplete is an arrival whose association broke off.
type Incomplete struct {
	Arrival ArrivalID
	Seq     int64 // grows by arrival order
	Sender  Sender
	Reason  string // why it is incomplete
	Kept    []Kept
}

// Tries are what a sender sent, and what it sent before in tries that broke off.
type Tries struct {
	Sent   []Kept       // the objects of the arrival that is closed
	Before []Incomplete // oldest first
}

// Closing is how the receiving of an arrival ends.
type Closing struct {
	State      ArrivalState
	Reason     string // why it is not complete
	Supersedes []Superseding
	// Own makes an association that was recorded with no rule of its own an
	// arrival with all that it brought.
	Own bool
}

// Superseding is an incomplete arrival whose objects go into the one that is
// closed.
type Superseding struct {
	Arrival ArrivalID
	Reason  string // as the incomplete or superseded arrival shows it
	// Part is the ids of the objects that go. The arrival loses them and stays
	// incomplete. Empty: all go, and the arrival becomes superseded.
	Part []int64
}

// Close decides how an arrival ends. It is called within the transaction that
// records the end, so it must not use the database but through tries, which
// reads what the same sender sent.
type Close func(this Content, tries func() (Tries, error)) (Closing, error)
