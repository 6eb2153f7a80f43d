package run

// ArrivalState is the state of an arrival.
type ArrivalState string

// States of an arrival. Meaning says in a sentence what each is.
const (
	ArrivalReceiving  ArrivalState = "receiving"
	ArrivalIncomplete ArrivalState = "incomplete"
	ArrivalComplete   ArrivalState = "complete"
	ArrivalMatched    ArrivalState = "matched"
	ArrivalUnmatched  ArrivalState = "unmatched"
	ArrivalSuperseded ArrivalState = "superseded"
	ArrivalDiscarded  ArrivalState = "discarded"
	ArrivalGrouped    ArrivalState = "grouped"
	ArrivalIgnored    ArrivalState = "ignored"
)

var arrivalStates = table[ArrivalState]{
	{ArrivalReceiving, "Its association is open, or more objects of its series or study may come.", []ArrivalState{ArrivalComplete, ArrivalIncomplete, ArrivalDiscarded, ArrivalGrouped, ArrivalIgnored}},
	{ArrivalIncomplete, "Its association was aborted, or objects came late; it waits for an operator or for what is sent next.", []ArrivalState{ArrivalComplete, ArrivalSuperseded, ArrivalDiscarded}},
	{ArrivalComplete, "All its objects are here; it waits to be matched against the flows.", []ArrivalState{ArrivalMatched, ArrivalUnmatched}},
	{ArrivalMatched, "At least one flow triggered on it; its runs say more.", nil},
	{ArrivalUnmatched, "No flow triggered on it.", nil},
	{ArrivalSuperseded, "Its objects went into a later arrival.", nil},
	{ArrivalDiscarded, "It was given up, by an operator or as the site wants it, or it never had an object.", nil},
	{ArrivalGrouped, "What its association brought went into arrivals of series or studies.", nil},
	{ArrivalIgnored, "Its objects came late and change nothing: they were here already, or the rule ignores late objects.", nil},
}

// ArrivalStates returns all states of an arrival, in the order of its life.
func ArrivalStates() []ArrivalState { return arrivalStates.all() }

// Thing names what has such a state, as its table in the database does.
func (ArrivalState) Thing() string { return "arrival" }

// Meaning says what the state means to an operator; "" for an unknown state.
func (s ArrivalState) Meaning() string { return arrivalStates.of(s).meaning }

// Next returns the states that may follow.
func (s ArrivalState) Next() []ArrivalState { return arrivalStates.of(s).next }

// Before returns the states that this one may follow.
func (s ArrivalState) Before() []ArrivalState { return arrivalStates.before(s) }

// Final reports whether no state follows this one.
func (s ArrivalState) Final() bool { return len(s.Next()) == 0 }
