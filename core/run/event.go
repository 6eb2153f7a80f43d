package run

import "time"

// Kind says what an event is about.
type Kind string

// The kinds of events.
const (
	OfArrival  Kind = "arrival"
	OfRun      Kind = "run"
	OfTask     Kind = "task"
	OfDelivery Kind = "delivery"
	OfExecutor Kind = "executor"
	OfFlow     Kind = "flow"
	OfJournal  Kind = "journal"
)

// Kinds returns all kinds of events.
func Kinds() []Kind {
	return []Kind{OfArrival, OfRun, OfTask, OfDelivery, OfExecutor, OfFlow, OfJournal}
}

// Event says that something is new, or is in another state than before. It has
// nothing of patients.
type Event struct {
	Seq   int64 // grows by order, over restarts
	At    time.Time
	Kind  Kind
	ID    string // of what it is about: a name of an executor or flow, the index of a task
	State string // that it is in since
	Run   ID     // of a task or delivery
}
