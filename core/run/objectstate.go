package run

// ObjectState is the state of one file of a delivery.
type ObjectState string

// States of one file of a delivery. Meaning says in a sentence what each is.
const (
	ObjectPending   ObjectState = "pending"
	ObjectSent      ObjectState = "sent"
	ObjectCommitted ObjectState = "committed"
	ObjectFailed    ObjectState = "failed"
	ObjectNotDICOM  ObjectState = "not-dicom"
)

var objectStates = table[ObjectState]{
	{ObjectPending, "The destination has not answered for good yet.", []ObjectState{ObjectSent, ObjectFailed}},
	{ObjectSent, "The destination took it.", []ObjectState{ObjectPending, ObjectCommitted, ObjectFailed}},
	{ObjectCommitted, "The destination took it, and committed to keep it.", nil},
	{ObjectFailed, "The destination refused it, or to commit to it, for good; or it cannot be sent.", nil},
	{ObjectNotDICOM, "It is not a DICOM object that can be stored, so it is not sent.", nil},
}

// Thing names what has such a state, as its table in the database does.
func (ObjectState) Thing() string { return "delivery_object" }

// Meaning says what the state means to an operator; "" for an unknown state.
func (s ObjectState) Meaning() string { return objectStates.of(s).meaning }

// Next returns the states that may follow.
func (s ObjectState) Next() []ObjectState { return objectStates.of(s).next }

// Before returns the states that this one may follow.
func (s ObjectState) Before() []ObjectState { return objectStates.before(s) }

// Final reports whether no state follows this one.
func (s ObjectState) Final() bool { return len(s.Next()) == 0 }
