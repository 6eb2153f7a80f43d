package run

// DeliveryState is the state of a delivery.
type DeliveryState string

// States of a delivery. Meaning says in a sentence what each is.
const (
	DeliveryPending     DeliveryState = "pending"
	DeliverySending     DeliveryState = "sending"
	DeliverySent        DeliveryState = "sent"
	DeliveryUncommitted DeliveryState = "uncommitted"
	DeliveryCommitted   DeliveryState = "committed"
	DeliveryFailed      DeliveryState = "failed"
	DeliveryAbandoned   DeliveryState = "abandoned"
)

// A delivery goes from sending back to pending for its next try, and from
// uncommitted too, for objects that the destination does not have after all. One
// that becomes uncommitted is to a destination that is asked for commitment.
var deliveryStates = table[DeliveryState]{
	{DeliveryPending, "It waits for its first or next try.", []DeliveryState{DeliverySending, DeliveryAbandoned}},
	{DeliverySending, "A try is under way.", []DeliveryState{DeliveryPending, DeliverySent, DeliveryUncommitted, DeliveryFailed, DeliveryAbandoned}},
	{DeliverySent, "The destination took every object.", nil},
	{DeliveryUncommitted, "The destination took every object, and has not committed to keep them yet.",
		[]DeliveryState{DeliveryPending, DeliverySent, DeliveryCommitted, DeliveryFailed, DeliveryAbandoned}},
	{DeliveryCommitted, "The destination took every object, and committed to keep them.", nil},
	{DeliveryFailed, "The destination refused an object for good, an object cannot be sent, or its time was over: to take them, or to commit to them.", nil},
	{DeliveryAbandoned, "Its run was canceled.", nil},
}

// DeliveryStates returns all states of a delivery, in the order of its life.
func DeliveryStates() []DeliveryState { return deliveryStates.all() }

// Thing names what has such a state, as its table in the database does.
func (DeliveryState) Thing() string { return "delivery" }

// Meaning says what the state means to an operator; "" for an unknown state.
func (s DeliveryState) Meaning() string { return deliveryStates.of(s).meaning }

// Next returns the states that may follow.
func (s DeliveryState) Next() []DeliveryState { return deliveryStates.of(s).next }

// Before returns the states that this one may follow.
func (s DeliveryState) Before() []DeliveryState { return deliveryStates.before(s) }

// Delivered reports whether the destination has all that it was to get.
func (s DeliveryState) Delivered() bool { return s == DeliverySent || s == DeliveryCommitted }

// Final reports whether no state follows this one.
func (s DeliveryState) Final() bool { return len(s.Next()) == 0 }
