package run

// CommitmentState is the state of a peer's request for storage commitment.
type CommitmentState string

// States of such a request. Meaning says in a sentence what each is.
const (
	CommitmentAsked    CommitmentState = "asked"
	CommitmentDecided  CommitmentState = "decided"
	CommitmentReported CommitmentState = "reported"
	CommitmentFailed   CommitmentState = "failed"
)

var commitmentStates = table[CommitmentState]{
	{CommitmentAsked, "It is recorded; its instances have not been looked for yet.", []CommitmentState{CommitmentDecided}},
	{CommitmentDecided, "What is committed to is recorded, and is to be reported to the peer.", []CommitmentState{CommitmentReported, CommitmentFailed}},
	{CommitmentReported, "The peer took the report.", nil},
	{CommitmentFailed, "The peer refused the report, or could not be reached in time.", nil},
}

// Thing names what has such a state, as its table in the database does.
func (CommitmentState) Thing() string { return "commitment" }

// Meaning says what the state means to an operator; "" for an unknown state.
func (s CommitmentState) Meaning() string { return commitmentStates.of(s).meaning }

// Next returns the states that may follow.
func (s CommitmentState) Next() []CommitmentState { return commitmentStates.of(s).next }

// Before returns the states that this one may follow.
func (s CommitmentState) Before() []CommitmentState { return commitmentStates.before(s) }

// Final reports whether no state follows this one, unless the peer asks again.
func (s CommitmentState) Final() bool { return len(s.Next()) == 0 }

// Reopens returns the states from which a request comes into this one when the peer
// asks again.
func (s CommitmentState) Reopens() []CommitmentState {
	if s != CommitmentAsked {
		return nil
	}
	return []CommitmentState{CommitmentDecided, CommitmentReported, CommitmentFailed}
}
