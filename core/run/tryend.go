package run

import (
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// TryEnd is how a try at a delivery ended.
type TryEnd struct {
	Delivery int64
	State    DeliveryState
	Reason   string
	Next     time.Time // of a pending delivery: when it is tried again
	// Missed is how many tries in a row, this one among them, came to no association
	// with the destination: then all its deliveries wait until Next. 0: it did not.
	Missed int
	// Reached says that the destination was reached: what it has missed is over.
	Reached bool
	At      time.Time
}

// CommitTry is that a destination is asked to commit to the objects of a delivery.
type CommitTry struct {
	Delivery     int64
	Tries        int       // at the delivery: it is not recorded if there was another one since
	Transactions []dcm.UID // new ones
	Reason       string    // why it is not committed yet
	Next         time.Time // when it is asked again at the earliest
	At           time.Time
}

// Reported is what a destination's report on an uncommitted delivery changes.
type Reported struct {
	Objects []DeliveryObject // that change
	End     TryEnd           // state uncommitted: the delivery stays so
}

// AskedCommit is what a destination was asked to commit to, as a report on it finds
// it.
type AskedCommit struct {
	Delivery Delivery // which is uncommitted
	Objects  []DeliveryObject
	Tries    int // at the delivery, when it was asked
}

// Report decides what a report changes. It is called within the transaction that
// records it.
type Report func(AskedCommit) Reported

// Finish decides what becomes of a run when one of its deliveries has ended,
// and the reason that the run then shows; "" for the state: it stays as it is.
// It is given all deliveries of the run, by their ids.
type Finish func(deliveries []Delivery) (State, string)
