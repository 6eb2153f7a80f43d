package run

import "slices"

// A table lists the states of one kind of thing, in the order of its life. It
// is the only place that says what a state means and which may follow it.
type table[S ~string] []entry[S]

type entry[S ~string] struct {
	state   S
	meaning string // to an operator: a sentence
	next    []S    // its legal successors
}

// of returns what is known of a state: nothing if it is unknown.
func (t table[S]) of(state S) entry[S] {
	i := slices.IndexFunc(t, func(e entry[S]) bool { return e.state == state })
	if i < 0 {
		return entry[S]{state: state}
	}
	return t[i]
}

// before returns the states that a state may follow.
func (t table[S]) before(state S) []S {
	var from []S
	for _, e := range t {
		if slices.Contains(e.next, state) {
			from = append(from, e.state)
		}
	}
	return from
}

// all returns the states.
func (t table[S]) all() []S {
	states := make([]S, len(t))
	for i, e := range t {
		states[i] = e.state
	}
	return states
}
