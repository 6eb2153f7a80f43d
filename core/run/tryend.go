package run

import "time"

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

// Finish decides what becomes of a run when one of its deliveries has ended,
// and the reason that the run then shows; "" for the state: it stays as it is.
// It is given all deliveries of the run, by their ids.
type Finish func(deliveries []Delivery) (State, string)
