package run

import "github.com/raddeploy/raddeploy/core/dcm"

// Content is what an arrival holds, as far as the end of its receiving depends
// on it.
type Content struct {
	Arrival ArrivalID
	Seq     int64 // grows by arrival order
	Sender  Sender
	Objects int
	Studies []dcm.UID // of its objects, each once; "" if an object names none
}

// Closing is how the receiving of an arrival ends.
type Closing struct {
	State      ArrivalState
	Reason     string // why it is not complete
	Supersedes []Superseding
}

// Superseding is an incomplete arrival whose objects go into the one that is
// closed.
type Superseding struct {
	Arrival ArrivalID
	Reason  string // as the superseded arrival shows it
}

// Close decides how an arrival ends. It is called within the transaction that
// records the end, so it must not use the database but through incomplete,
// which returns the incomplete arrivals of the same sender, oldest first.
type Close func(this Content, incomplete func() ([]Content, error)) (Closing, error)
