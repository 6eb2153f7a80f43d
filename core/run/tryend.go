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
	// Others is when the destination's other pending deliveries are tried again
	// at the earliest, since it took no association. Zero: as they were.
	Others time.Time
	At     time.Time
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

// Report decides what a report changes. It is called within the transaction that
// records it, for a delivery that is uncommitted and all its objects.
type Report func(Delivery, []DeliveryObject) Reported

// Finish decides what becomes of a run when one of its deliveries has ended,
// and the reason that the run then shows; "" for the state: it stays as it is.
// It is given all deliveries of the run, by their ids.
type Finish func(deliveries []Delivery) (State, string)
