package run

// AttemptState is the state of an attempt.
type AttemptState string

// States of an attempt. Meaning says in a sentence what each is.
const (
	AttemptIntended AttemptState = "intended"
	AttemptStarted  AttemptState = "started"
	AttemptEnded    AttemptState = "ended"
	AttemptRemoved  AttemptState = "removed"
)

var attemptStates = table[AttemptState]{
	{AttemptIntended, "It is recorded; the executor may have been asked to start it.", []AttemptState{AttemptStarted, AttemptEnded}},
	{AttemptStarted, "The executor has accepted it.", []AttemptState{AttemptEnded}},
	{AttemptEnded, "Its outcome is recorded and its outputs are collected.", []AttemptState{AttemptRemoved}},
	{AttemptRemoved, "The executor has removed all that it kept of it.", nil},
}

// Thing names what has such a state, as its table in the database does.
func (AttemptState) Thing() string { return "attempt" }

// Meaning says what the state means to an operator; "" for an unknown state.
func (s AttemptState) Meaning() string { return attemptStates.of(s).meaning }

// Next returns the states that may follow.
func (s AttemptState) Next() []AttemptState { return attemptStates.of(s).next }

// Before returns the states that this one may follow.
func (s AttemptState) Before() []AttemptState { return attemptStates.before(s) }

// Final reports whether no state follows this one.
func (s AttemptState) Final() bool { return len(s.Next()) == 0 }
