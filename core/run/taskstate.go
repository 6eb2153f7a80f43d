package run

// TaskState is the state of a task.
type TaskState string

// States of a task. Meaning says in a sentence what each is.
const (
	TaskPending   TaskState = "pending"
	TaskRunning   TaskState = "running"
	TaskSucceeded TaskState = "succeeded"
	TaskFailed    TaskState = "failed"
	TaskSkipped   TaskState = "skipped"
	TaskCanceled  TaskState = "canceled"
)

// A task goes from running back to pending for its next attempt.
var taskStates = table[TaskState]{
	{TaskPending, "It waits for its inputs, for room on an executor, or for its next attempt.", []TaskState{TaskRunning, TaskFailed, TaskSkipped, TaskCanceled}},
	{TaskRunning, "An attempt at it is under way.", []TaskState{TaskPending, TaskSucceeded, TaskFailed, TaskCanceled}},
	{TaskSucceeded, "An attempt at it succeeded; its outputs exist.", nil},
	{TaskFailed, "It failed for good.", nil},
	{TaskSkipped, "A task whose output it needs did not succeed.", nil},
	{TaskCanceled, "Its run was canceled.", nil},
}

// TaskStates returns all states of a task, in the order of its life.
func TaskStates() []TaskState { return taskStates.all() }

// Thing names what has such a state, as its table in the database does.
func (TaskState) Thing() string { return "task" }

// Meaning says what the state means to an operator; "" for an unknown state.
func (s TaskState) Meaning() string { return taskStates.of(s).meaning }

// Next returns the states that may follow.
func (s TaskState) Next() []TaskState { return taskStates.of(s).next }

// Before returns the states that this one may follow.
func (s TaskState) Before() []TaskState { return taskStates.before(s) }

// Final reports whether no state follows this one, unless an operator opens the
// task again.
func (s TaskState) Final() bool { return len(s.Next()) == 0 }

// Reopens returns the final states from which an operator's retry can bring a
// task into this one.
func (s TaskState) Reopens() []TaskState {
	if s != TaskPending {
		return nil
	}
	return []TaskState{TaskSucceeded, TaskFailed, TaskSkipped, TaskCanceled}
}
