package run

import "time"

// Outcome is what came of something that a peer asked for.
type Outcome string

// The outcomes.
const (
	Accepted Outcome = "accepted" // the association was
	Rejected Outcome = "rejected" // the association was, for the reason in the detail
	// Refused: the association was accepted, and the abstract syntax in the detail
	// was not.
	Refused Outcome = "refused"
	// Asked: it requested the service whose SOP class is in the detail.
	Asked Outcome = "asked"
)

// Contact is what a peer asked for and what came of it, however often.
type Contact struct {
	Sender  Sender // without titles if it did not even ask for an association
	Outcome Outcome
	Detail  string
	First   time.Time
	Last    time.Time
	Count   int64
}
