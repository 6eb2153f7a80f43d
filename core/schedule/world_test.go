package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// world is what outlives a process: rows, executors, and what they run.
type world struct {
	t         *testing.T
	mu        sync.Mutex
	runs      []*row
	attempts  []*run.Attempt
	acted     []run.ID            // the journal
	faults    map[string][]string // of the next calls of a name
	full      bool                // the disk
	free      string              // of the disk's reserve; "": all of it
	blocked   int                 // calls that wait for gate
	gate      chan struct{}
	executors []*executor
	leases    map[run.AttemptID]*lease // of the process
	ended     map[run.AttemptID]run.Ending
	waiting   map[run.AttemptID]chan struct{} // closed when the attempt ends
	forgotten map[run.AttemptID]bool
	events    []string
	began     time.Time
}

// row is a run with its tasks.
type row struct {
	run.Run
	tasks []run.Task
}

func newWorld(t *testing.T) *world {
	return &world{
		t:         t,
		began:     time.Now().Add(-time.Hour),
		faults:    map[string][]string{},
		gate:      make(chan struct{}),
		leases:    map[run.AttemptID]*lease{},
		ended:     map[run.AttemptID]run.Ending{},
		waiting:   map[run.AttemptID]chan struct{}{},
		forgotten: map[run.AttemptID]bool{},
	}
}

// log is called with the world locked.
func (w *world) log(format string, args ...any) {
	w.events = append(w.events, fmt.Sprintf(format, args...)+"\n")
}

func (w *world) logAlone(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log(format, args...)
}

func (w *world) happened() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.events) > 0
}

func (w *world) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	events := w.events
	w.events = nil
	return events
}

func (w *world) fault(call, fault string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults[call] = append(w.faults[call], fault)
}

func (w *world) diskFull(full bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.full = full
}

func (w *world) setRoom(free string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.free = strings.TrimSuffix(free, "ok")
}

func (w *world) room() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.free == "" {
		return nil
	}
	return fmt.Errorf("disk below its reserve: %s of 10MiB are free", w.free)
}

func (w *world) unblock() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.gate)
	w.gate = make(chan struct{})
}

func (w *world) add(id run.ID, name string, priority int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := &row{Run: run.Run{
		ID: id, Seq: int64(len(w.runs) + 1), Flow: name, Version: "1", Digest: "sha256:" + name, Definition: definition(name),
		Priority: priority, State: run.Pending, Sender: run.Sender{CallingAE: "CT1", Address: "10.0.0.7"},
	}}
	if name == "senders" { // of a study, one of which called the agent by two names
		r.Senders = []run.Sender{
			{CallingAE: "CT1", CalledAE: "A", Address: "10.0.0.7"}, {CallingAE: "MR1", CalledAE: "A", Address: "10.0.0.9"},
			{CallingAE: "CT1", CalledAE: "B", Address: "10.0.0.7"}, {CallingAE: "CT1", CalledAE: "A", Address: "10.0.0.8"},
		}
	}
	models := flows[name].Models
	if models == nil {
		models = []flow.Model{{Name: "a"}}
	}
	for i, m := range models {
		r.tasks = append(r.tasks, run.Task{Run: id, Index: i, Name: m.Name, State: run.TaskPending})
	}
	w.runs = append(w.runs, r)
}

// set is what somebody else does: it moves an attempt, a task or a run.
func (w *world) set(id, to string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if of, name, ok := strings.Cut(id, "/"); ok {
		r := w.row(run.ID(of))
		i := slices.IndexFunc(r.tasks, func(t run.Task) bool { return t.Name == name })
		r.tasks[i].State = run.TaskState(to)
		return
	}
	if a := w.attempt(run.AttemptID(id)); a != nil {
		a.State = run.AttemptState(to)
		return
	}
	r := w.row(run.ID(id))
	r.State = run.State(to)
	for i := range r.tasks {
		if run.State(to) == run.Canceled && !r.tasks[i].State.Final() {
			r.tasks[i].State = run.TaskCanceled
		}
	}
}

// recorded has a task's next try recorded by a clock that was wrong by so much.
func (w *world) recorded(id string, wrong time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	of, name, _ := strings.Cut(id, "/")
	r := w.row(run.ID(of))
	i := slices.IndexFunc(r.tasks, func(t run.Task) bool { return t.Name == name })
	r.tasks[i].NextTry = r.tasks[i].NextTry.Add(wrong)
}

func (w *world) row(id run.ID) *row {
	if i := slices.IndexFunc(w.runs, func(r *row) bool { return r.ID == id }); i >= 0 {
		return w.runs[i]
	}
	panic("no run " + id)
}

func (w *world) attempt(id run.AttemptID) *run.Attempt {
	if i := slices.IndexFunc(w.attempts, func(a *run.Attempt) bool { return a.ID == id }); i >= 0 {
		return w.attempts[i]
	}
	return nil
}

// savepoint returns what restores the rows.
func (w *world) savepoint() (rollback func()) {
	var runs []*row
	for _, r := range w.runs {
		runs = append(runs, &row{r.Run, slices.Clone(r.tasks)})
	}
	var attempts []*run.Attempt
	for _, a := range w.attempts {
		before := *a
		attempts = append(attempts, &before)
	}
	return func() { w.runs, w.attempts = runs, attempts }
}

// stateful is what the types of states have in common.
type stateful[S any] interface {
	comparable
	~string
	Thing() string
	Next() []S
}

// move changes a state as the table allows it.
func move[S stateful[S]](from *S, to S, id string) error {
	if !slices.Contains((*from).Next(), to) {
		return &run.StateError{Thing: to.Thing(), ID: id, From: string(*from), To: string(to)}
	}
	*from = to
	return nil
}

var errDead = errors.New("the process has ended")
