package run

import "fmt"

// StateError says that a thing cannot go to a state from the one that it is in.
// Most often something else moved it first.
type StateError struct {
	Thing string // "arrival", "run", "task", "attempt" or "delivery"
	ID    string // of a task: the run's id, a slash and the model's index
	From  string // the state that it is in
	To    string // the wanted state
}

// Error names the thing by the start of its id, which is enough for people.
func (e *StateError) Error() string {
	return fmt.Sprintf("%s %s: cannot go from %s to %s", e.Thing, short(e.ID), e.From, e.To)
}

// short cuts the UUID that an id begins with down to its first 8 characters. An
// attempt keeps the numbers behind it.
func short(id string) string {
	const uuid = 36
	if len(id) < uuid {
		return id
	}
	return id[:8] + id[uuid:]
}
