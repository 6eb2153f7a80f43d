package run

// State is the state of a run.
type State string

// States of a run. Meaning says in a sentence what each is.
const (
	Pending   State = "pending"
	Running   State = "running"
	Sending   State = "sending"
	Canceling State = "canceling"
	Done      State = "done"
	Failed    State = "failed"
	Canceled  State = "canceled"
)

var runStates = table[State]{
	{Pending, "None of its tasks has started.", []State{Running, Failed, Canceling, Canceled}},
	{Running, "At least one of its tasks has started.", []State{Sending, Done, Failed, Canceling, Canceled}},
	{Sending, "All its tasks succeeded; at least one delivery is open.", []State{Done, Failed, Canceled}},
	{Canceling, "An operator canceled it; its attempts are being stopped.", []State{Canceled}},
	{Done, "Its results are sent, or it had nothing to send.", nil},
	{Failed, "A task or a delivery failed for good.", nil},
	{Canceled, "An operator canceled it.", nil},
}

// RunStates returns all states of a run, in the order of its life.
func RunStates() []State { return runStates.all() }

// Thing names what has such a state, as its table in the database does.
func (State) Thing() string { return "run" }

// Meaning says what the state means to an operator; "" for an unknown state.
func (s State) Meaning() string { return runStates.of(s).meaning }

// Next returns the states that may follow.
func (s State) Next() []State { return runStates.of(s).next }

// Before returns the states that this one may follow.
func (s State) Before() []State { return runStates.before(s) }

// Final reports whether no state follows this one, unless an operator opens the
// run again.
func (s State) Final() bool { return len(s.Next()) == 0 }

// reopened are the final states from which an operator's action opens a run
// again, by the state that it is then in.
var reopened = map[State][]State{
	Pending: {Done, Failed, Canceled}, // retry
	Sending: {Done, Failed, Canceled}, // resend
}

// Reopens returns the final states from which an operator's action can bring a
// run into this one.
func (s State) Reopens() []State { return reopened[s] }
