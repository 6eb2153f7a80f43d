package run

import "time"

// Action is what an operator does.
type Action string

// The actions. Each is a row of the journal, committed with what it changes.
const (
	Cancel  Action = "cancel"
	Retry   Action = "retry"
	Resend  Action = "resend"
	Rerun   Action = "rerun"
	Release Action = "release"
	Discard Action = "discard"
	Drain   Action = "drain"
	Undrain Action = "undrain"
	Enable  Action = "enable"
	Disable Action = "disable"
	Reload  Action = "reload"
)

// What else is recorded of those who ask.
const (
	Look        Action = "look"   // at values of tags, what tasks printed, or pictures
	Search      Action = "search" // of runs, by what is known of a patient
	Backup      Action = "backup" // of the state database
	Check       Action = "check"  // of a destination
	Test        Action = "test"   // message of a notify block
	CreateToken Action = "create token"
	RevokeToken Action = "revoke token"
	Login       Action = "login"
	Logout      Action = "logout"
	EndSession  Action = "end session" // of somebody else
	Ask         Action = "ask"         // with a token or a session that does not count
)

// Result is what came of it.
type Result string

// The results.
const (
	WasDone    Result = "done"    // it changed something
	WasSeen    Result = "seen"    // it was shown
	WasRefused Result = "refused" // who asked may not, or it was not possible
)

// Entry is a row of the journal: who did what, when, to what, and what came of it.
type Entry struct {
	Seq    int64 // grows by order
	At     time.Time
	Action Action
	Thing  string // what it was done to: "run", "arrival", "executor" …
	ID     string // of that
	Detail string // such as a task or a destination; what the operator said
	By     Actor
	Result Result // "": WasDone
	// Before and After are the state of the thing, where that changed.
	Before, After string
}

// Standing is a run as an action finds it.
type Standing struct {
	Run        Run // without its definition and objects
	Tasks      []Task
	Attempts   []Attempt  // those that have not ended, without what is reported of them
	Deliveries []Delivery // by their ids
	// Last is the last action on it and its detail; zero: none.
	Last Entry
}

// Acting is what an action changes in a run. The zero value changes nothing.
type Acting struct {
	State  State // "": it stays
	Reason string
	Tasks  []Task // those that change, with their new state, reason and budgets
	// Abandon is the open deliveries that are not to be sent, and AbandonReason
	// why.
	Abandon       []int64
	AbandonReason string
	Supersede     []int64 // the deliveries that do not count any more
	Deliveries    []Resending
}

// Resending is a new delivery.
type Resending struct {
	Delivery
	// Resumes is the delivery whose sent objects need not be sent again; 0: none,
	// and the outputs are listed anew.
	Resumes int64
}

// Act decides what an action changes. It is called within the transaction that
// records the action, so it must not use the database.
type Act func(Standing) (Acting, error)

// Drained is an executor that gets no new task.
type Drained struct {
	Executor string // the instance
	Since    time.Time
	By       string // who drained it
}
