package run

import (
	"maps"
	"slices"
)

// heldArrivals are the states in which an arrival waits for an operator, each
// with the state that a release brings it into.
var heldArrivals = map[ArrivalState]ArrivalState{ArrivalIncomplete: ArrivalComplete}

// heldRuns are those states of a run.
var heldRuns = map[State]State{}

// Held reports whether an arrival in this state waits for an operator, and which
// state a release brings it into.
func (s ArrivalState) Held() (released ArrivalState, held bool) {
	released, held = heldArrivals[s]
	return released, held
}

// HeldArrivals returns the states in which an arrival waits for an operator.
func HeldArrivals() []ArrivalState { return slices.Sorted(maps.Keys(heldArrivals)) }

// HeldRuns returns the states in which a run waits for an operator.
func HeldRuns() []State { return slices.Sorted(maps.Keys(heldRuns)) }

// Held reports whether a run in this state waits for an operator, and which
// state a release brings it into.
func (s State) Held() (released State, held bool) {
	released, held = heldRuns[s]
	return released, held
}

// Holding is an arrival as an action on what is held finds it.
type Holding struct {
	State  ArrivalState
	Reason string
	Last   Action // the last one on it; "": none
}
