package operate

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/core/state"
)

// chain is a flow of three models, each of which reads what the one before it
// wrote.
func chain() *flow.Flow {
	f := &flow.Flow{Name: "chain"}
	input := flow.Src
	for _, name := range []string{"a", "b", "c"} {
		output := "out-" + name
		if name == "c" {
			output = flow.Dst
		}
		f.Models = append(f.Models, flow.Model{Name: name, Inputs: []flow.Mount{{Name: input}}, Outputs: []flow.Mount{{Name: output}}})
		input = output
	}
	return f
}

func retrialOf(from int) retrial {
	return retrial{flow: chain(), graph: flow.NewGraph(chain()), from: from}
}

func TestRetryDecides(t *testing.T) {
	const ok, failed, skipped, canceled = run.TaskSucceeded, run.TaskFailed, run.TaskSkipped, run.TaskCanceled
	for _, test := range []struct {
		name string
		s    run.Standing
		from int
		want string
	}{
		{"what failed and was skipped", standing(run.Failed, ok, failed, skipped), -1, "bc"},
		{"what was canceled", standing(run.Canceled, ok, canceled, canceled), -1, "bc"},
		{"from a task that succeeded", standing(run.Failed, ok, ok, failed), 1, "bc"},
		{"from the last task, and what failed before it", standing(run.Failed, ok, failed, skipped), 2, "bc"},
		{"a run that is done, from the first task", standing(run.Done, ok, ok, ok), 0, "abc"},
		{"a run that is done, from the last task", standing(run.Done, ok, ok, ok), 2, "c"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.s.Deliveries = []run.Delivery{{ID: 7, State: run.DeliveryFailed}}
			a, err := retrialOf(test.from).decide(test.s)
			if err != nil || a.State != run.Pending || len(a.Supersede) != 1 {
				t.Fatalf("%+v %v", a, err)
			}
			var again string
			for _, task := range a.Tasks {
				again += task.Name
				if task.State != run.TaskPending || task.Retries != 0 || task.Faults != 0 || task.Tries != 2 {
					t.Errorf("%+v does not begin anew, numbered on", task)
				}
			}
			if again != test.want {
				t.Errorf("%s are tried again, want %s", again, test.want)
			}
		})
	}
}

func TestRetryIsRefused(t *testing.T) {
	const ok, failed, running = run.TaskSucceeded, run.TaskFailed, run.TaskRunning
	open := standing(run.Failed, ok, ok, failed)
	open.Attempts = []run.Attempt{{ID: "R-2-2"}}
	for name, test := range map[string]struct {
		s      run.Standing
		from   int
		advice string
	}{
		"it waits":                  {standing(run.Pending, failed), -1, "cancel"},
		"it runs":                   {standing(run.Running, running, running, running), 0, "cancel"},
		"it is sent":                {standing(run.Sending, ok, ok, ok), 0, "cancel"},
		"it is being canceled":      {standing(run.Canceling, running, ok, ok), -1, "wait until it is canceled"},
		"all succeeded":             {standing(run.Done, ok, ok, ok), -1, "resend"},
		"a delivery failed":         {standing(run.Failed, ok, ok, ok), -1, "resend"},
		"an attempt has not ended":  {open, -1, "R-2-2"},
		"it is of another flow now": {standing(run.Failed, ok, failed), -1, "rerun"},
	} {
		_, err := retrialOf(test.from).decide(test.s)
		var moved *run.StateError
		if !errors.As(err, &moved) || !strings.Contains(problem.Advice(err), test.advice) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// store has one run.
type store struct {
	Store
	standing   run.Standing
	definition []byte
	objects    []run.Object
	arrival    run.ArrivalState
	removed    time.Time // of the arrival's files
	holding    run.Holding
	entries    []run.Entry
	acting     run.Acting
	fail       error
}

func (s *store) Definition(context.Context, run.ID) ([]byte, error) { return s.definition, s.fail }
func (s *store) SelectedObjects(context.Context, run.ID) ([]run.Object, error) {
	return s.objects, s.fail
}

func (s *store) ActOnRun(_ context.Context, e run.Entry, decide run.Act) error {
	acting, err := decide(s.standing)
	if err != nil || s.fail != nil {
		return errors.Join(err, s.fail)
	}
	s.entries, s.acting = append(s.entries, e), acting
	return nil
}

// operator acts on a store, with a spool that is empty. Woken says whom it woke.
func operator(t *testing.T, s *store) (o *Operator, woken *[]string) {
	t.Helper()
	files, err := spool.Open(t.TempDir())
	check(t, err)
	woken = &[]string{}
	wakes := func(who string) func() { return func() { *woken = append(*woken, who) } }
	return &Operator{
		Destinations: func() config.Destinations { return nil },
		Store:        s, Spool: files, Logger: hclog.NewNullLogger(), Match: wakes("match"), Schedule: wakes("schedule"), Deliver: wakes("deliver"),
		Running: func() time.Duration { return time.Hour },
		Stop: func(ids ...int64) {
			for range ids {
				wakes("stop")()
			}
		},
	}, woken
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func encoded(t *testing.T, f *flow.Flow) []byte {
	t.Helper()
	definition, err := flow.Encode(f)
	check(t, err)
	return definition
}

// What a task reads must still be there: its run's src, or the objects that this
// is made of, and what the task before it wrote.
func TestRetryNeedsItsInputs(t *testing.T) {
	id := standing("").Run.ID
	object := run.Object{File: "arrival/1.dcm"}
	src := func(o *Operator) string { return o.Spool.Runs().Src(id) }
	received := func(o *Operator) string { return o.Spool.Path(object.File) }
	wrote := func(o *Operator) string { return o.Spool.Runs().Output(id, 0, 2, "out-a") }
	for _, test := range []struct {
		name, from string
		there      []func(*Operator) string
		refused    string
	}{
		{"src", "a", []func(*Operator) string{src}, ""},
		{"objects", "0", []func(*Operator) string{received}, ""},
		{"nothing", "a", nil, "object 1 of 1 has been removed"},
		{"an output", "", []func(*Operator) string{wrote}, ""},
		{"no output", "", []func(*Operator) string{src, received}, "output out-a has been removed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &store{standing: standing(run.Failed, run.TaskSucceeded, run.TaskFailed, run.TaskSkipped), definition: encoded(t, chain()), objects: []run.Object{object}}
			o, woken := operator(t, s)
			for _, path := range test.there {
				check(t, os.MkdirAll(path(o), 0o755))
			}
			err := o.Retry(t.Context(), id, test.from, anna)
			if test.refused == "" {
				check(t, err)
				if diff := cmp.Diff([]string{"schedule"}, *woken); diff != "" || len(s.entries) != 1 || s.entries[0].By != anna {
					t.Errorf("woken: %s, entries %+v", diff, s.entries)
				}
				return
			}
			var refusal *Refusal
			if !errors.As(err, &refusal) || !strings.Contains(err.Error(), test.refused) || len(*woken)+len(s.entries) > 0 {
				t.Errorf("%v, woken %v", err, *woken)
			}
		})
	}
}

func TestRetryOfWhatIsNotThere(t *testing.T) {
	s := &store{standing: standing(run.Failed, run.TaskFailed, run.TaskSkipped, run.TaskSkipped), definition: encoded(t, chain())}
	o, woken := operator(t, s)
	err := o.Retry(t.Context(), "R", "x", anna)
	if !errors.Is(err, state.ErrNotFound) || problem.Advice(err) != "the tasks of this run are a, b, c" {
		t.Errorf("a task that is not there: %v", err)
	}
	s.definition = []byte("{")
	var refusal *Refusal
	if err := o.Retry(t.Context(), "R", "", anna); !errors.As(err, &refusal) {
		t.Errorf("a flow that cannot be read: %v", err)
	}
	s.fail = errors.New("disk I/O error")
	if err := o.Retry(t.Context(), "R", "", anna); !errors.Is(err, s.fail) || len(*woken) > 0 {
		t.Errorf("a store that fails: %v, woken %v", err, *woken)
	}
}

// From the row on that says that files are removed, nothing begins that needs
// them, though they may be there for a moment still.
func TestRetryWhileFilesAreRemoved(t *testing.T) {
	s := &store{standing: standing(run.Failed, run.TaskFailed, run.TaskSkipped, run.TaskSkipped), definition: encoded(t, chain())}
	s.standing.Run.FilesRemoved = time.Now()
	id := s.standing.Run.ID
	o, woken := operator(t, s)
	check(t, os.MkdirAll(o.Spool.Runs().Src(id), 0o755))
	var refusal *Refusal
	if err := o.Retry(t.Context(), id, "", anna); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "files removed on") || len(*woken) > 0 {
		t.Errorf("%v, woken %v", err, *woken)
	}
}
