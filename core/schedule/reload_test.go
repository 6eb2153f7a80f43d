package schedule

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
	"github.com/raddeploy/raddeploy/core/state"
	"github.com/raddeploy/raddeploy/sdk"
)

// rows is a store of one run. Each function that is set stands for a call.
type rows struct {
	mu       sync.Mutex
	open     []state.OpenRun
	attempts []run.Attempt
	flow     []byte
	reads    func() error // of new runs
	intend   func(run.Attempt) error
	settle   func(state.Settlement) error
}

func (r *rows) OpenRuns(_ context.Context, after int64, _ int) ([]state.OpenRun, error) {
	if r.reads != nil {
		if err := r.reads(); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var newer []state.OpenRun
	for _, open := range r.open {
		if open.Seq > after {
			open.Tasks = slices.Clone(open.Tasks)
			newer = append(newer, open)
		}
	}
	return newer, nil
}

func (r *rows) OpenRun(_ context.Context, id run.ID) (state.OpenRun, bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, open := range r.open {
		if open.ID == id {
			open.Tasks = slices.Clone(open.Tasks)
			return open, true, nil
		}
	}
	return state.OpenRun{}, false, nil
}

func (r *rows) Definition(context.Context, run.ID) ([]byte, error) { return r.flow, nil }

func (r *rows) AttemptsIn(_ context.Context, states ...run.AttemptState) ([]run.Attempt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.attempts), func(a run.Attempt) bool { return !slices.Contains(states, a.State) }), nil
}

func (r *rows) Attempts(context.Context, run.ID) ([]run.Attempt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.attempts), nil
}

func (r *rows) Intend(_ context.Context, a run.Attempt) error {
	if r.intend != nil {
		if err := r.intend(a); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attempts = append(r.attempts, a)
	r.open[0].Tasks[a.Task].State, r.open[0].Tasks[a.Task].Tries = run.TaskRunning, a.Number
	return nil
}

func (r *rows) Settle(_ context.Context, s state.Settlement) error { return r.settle(s) }

func (r *rows) SetWaiting(context.Context, []state.Waiting) error { return nil }
func (r *rows) SetRemoved(context.Context, run.AttemptID) error   { return nil }

// host is a fleet of one executor with slots to spare. It records which leases
// are released.
type host struct {
	mu       sync.Mutex
	released []run.AttemptID
}

func (h *host) Board() []plan.Executor {
	return []plan.Executor{{Instance: "fake", Up: true, CPUs: 9, AllCPUs: 9, SiteGPUs: true}}
}
func (h *host) Configured(string) bool                  { return true }
func (h *host) Running() time.Duration                  { return time.Hour }
func (h *host) GiveUpAfter(string) time.Duration        { return time.Hour }
func (h *host) Tried(run.Attempt, run.Ending)           {}
func (h *host) Lease(run.Attempt)                       {}
func (h *host) LeaseUntilRemoved(run.Attempt, sdk.Exit) {}
func (h *host) Ended(run.AttemptID, sdk.Exit)           {}
func (h *host) Stick(run.AttemptID, string)             {}
func (h *host) Release(id run.AttemptID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.released = append(h.released, id)
}

// hands is an engine that records its jobs. Attempts at task 0 succeed at once,
// others last.
type hands struct {
	mu   sync.Mutex
	jobs []*run.Job
}

func (e *hands) Execute(ctx context.Context, job *run.Job) (run.Ending, error) {
	e.mu.Lock()
	e.jobs = append(e.jobs, job)
	e.mu.Unlock()
	if err := job.Recorded(); err != nil {
		return run.Ending{}, err
	}
	if job.Attempt.Task == 0 {
		return run.Ending{}, nil
	}
	<-ctx.Done()
	return run.Ending{}, ctx.Err()
}

func (e *hands) Forget(context.Context, string, run.AttemptID) error { return nil }

// of returns the jobs of a task's attempts.
func (e *hands) of(task int) []*run.Job {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(e.jobs), func(j *run.Job) bool { return j.Attempt.Task != task })
}

const theRun = run.ID("4f9d1c2e-0000-4000-8000-000000000001")

// oneRun is a store with a run of a flow whose models need nothing of each other.
func oneRun(t *testing.T, models int) *rows {
	t.Helper()
	f := &flow.Flow{Name: "f", Models: make([]flow.Model, models)}
	open := state.OpenRun{Run: run.Run{ID: theRun, Seq: 1, Digest: "d", State: run.Pending}}
	for i := range models {
		f.Models[i].Name = "m" + string(rune('0'+i))
		open.Tasks = append(open.Tasks, run.Task{Run: theRun, Index: i, Name: f.Models[i].Name, State: run.TaskPending})
	}
	encoded, err := flow.Encode(f)
	if err != nil {
		t.Fatal(err)
	}
	return &rows{open: []state.OpenRun{open}, flow: encoded, settle: func(state.Settlement) error { return nil }}
}

// start runs a scheduler until the test ends.
func start(t *testing.T, r *rows) (*Scheduler, *host, *hands) {
	t.Helper()
	h, e := &host{}, &hands{}
	s := New()
	s.Runs, s.Attempts, s.Ledger, s.Actions, s.Fleet, s.Engine, s.Clock = r, r, r, r, h, e, h
	s.Deliver, s.Logger = func() {}, hclog.NewNullLogger()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s, h, e
}

// A run is read again while an attempt of it is being recorded. The database
// still calls that task pending; it is begun once, and keeps its lease.
func TestReloadLeavesAnAttemptThatIsBeingRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := oneRun(t, 2)
		var begun atomic.Int32
		record := make(chan struct{})
		r.intend = func(a run.Attempt) error {
			if a.Task == 0 {
				return nil
			}
			if begun.Add(1) > 1 { // it stands behind the first
				<-record
				time.Sleep(time.Second)
				return &run.StateError{Thing: "task", ID: string(a.ID), From: "running", To: "running"}
			}
			<-record
			return nil
		}
		r.settle = func(state.Settlement) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.open[0].Tasks[0].State, r.attempts[0].State = run.TaskSucceeded, run.AttemptRemoved
			return &run.StateError{Thing: "attempt", ID: "0", From: "ended", To: "ended"}
		}
		_, h, e := start(t, r)
		time.Sleep(time.Minute)
		close(record)
		time.Sleep(time.Minute)
		if n := len(e.of(1)); n != 1 || begun.Load() != 1 {
			t.Errorf("the attempt was recorded %d times and executed %d times, want once", begun.Load(), n)
		}
		if len(h.released) > 0 {
			t.Errorf("its lease was released while it runs: %v", h.released)
		}
	})
}

// An attempt that an earlier agent recorded, and may not have started, keeps
// away from the node on which the try before it was lost.
func TestResumedAttemptAvoidsLostNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := oneRun(t, 2)
		lost, err := json.Marshal(sdk.Exit{Reason: sdk.NodeLost, Node: "n1"})
		if err != nil {
			t.Fatal(err)
		}
		r.open[0].State = run.Running
		task := &r.open[0].Tasks[1]
		task.State, task.Tries, task.Faults = run.TaskRunning, 2, 1
		for number, state := range map[int]run.AttemptState{1: run.AttemptRemoved, 2: run.AttemptIntended} {
			a := run.Attempt{ID: run.AttemptOf(theRun, 1, number), Run: theRun, Task: 1, Number: number, Executor: "fake", State: state}
			if number == 1 {
				a.Exit = lost
			}
			r.attempts = append(r.attempts, a)
		}
		_, _, e := start(t, r)
		time.Sleep(time.Second)
		jobs := e.of(1)
		if len(jobs) != 1 || !jobs[0].Resumed || !slices.Equal(jobs[0].AvoidNodes, []string{"n1"}) {
			t.Errorf("jobs are %+v, want one that is resumed and avoids n1", jobs)
		}
	})
}

// New runs cannot be read at first. They are read again a moment later, though
// something else keeps the scheduler busy at that very moment.
func TestReadingNewRunsIsRetriedWhileBusy(t *testing.T) {
	s := New()
	now := time.Now()
	for _, late := range []time.Duration{0, time.Millisecond, time.Hour} {
		s.retryAt = now.Add(-late)
		if wait := s.untilNext(now); wait > 0 {
			t.Errorf("%s after it was due, reading again waits %s", late, wait)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		r := oneRun(t, 1)
		var reads atomic.Int32
		r.reads = func() error {
			if reads.Add(1) == 2 { // the first is that of the start
				return errors.New("disk I/O error")
			}
			return nil
		}
		start(t, r)
		time.Sleep(2 * retryInterval)
		seen := reads.Load()
		if seen < 3 {
			t.Errorf("new runs were read %d times", seen)
		}
		time.Sleep(interval / 2)
		if n := reads.Load(); n != seen {
			t.Errorf("new runs are read on and on: %d times more", n-seen)
		}
	})
}
