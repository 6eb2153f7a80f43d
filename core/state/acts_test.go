package state

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// oneRun records a run of one task, in state pending.
func oneRun(t *testing.T, db *DB) run.ID {
	t.Helper()
	r := run.Run{ID: run.NewID(), Flow: "seg", Definition: []byte("{}"), Objects: []int64{1}, Created: time.Now()}
	check(t, db.SetMatched(t.Context(), run.Matching{
		Arrival: arrive(t, db, run.ArrivalComplete, "1.9", "1.1"), State: run.ArrivalMatched, Runs: []run.Run{r}, Tasks: [][]string{{"model"}},
	}))
	return r.ID
}

func entry(action run.Action, id run.ID) run.Entry {
	return run.Entry{At: time.Now(), Action: action, Thing: "run", ID: string(id), Detail: "why", By: run.Actor{Name: "anna", Address: "::1", Token: "t"}}
}

func acting(a run.Acting) run.Act {
	return func(run.Standing) (run.Acting, error) { return a, nil }
}

// The journal refuses every change of what it holds.
func TestJournalIsAppendOnly(t *testing.T) {
	db := open(t)
	id := oneRun(t, db)
	check(t, db.ActOnRun(t.Context(), entry(run.Cancel, id), acting(run.Acting{State: run.Canceled})))
	before, err := db.Journal(t.Context(), EntryFilter{Part: Part{AtMost: 9}})
	check(t, err)
	for _, change := range []string{
		"UPDATE journal SET name = 'nobody'",
		"DELETE FROM journal",
		"INSERT OR REPLACE INTO journal (seq, at, action, thing, id, detail, name, address) SELECT seq, at, action, thing, id, '', '', '' FROM journal",
	} {
		err := db.update(t.Context(), func(tx *transaction) error {
			_, err := tx.Exec(change)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", change, err)
		}
	}
	after, err := db.Journal(t.Context(), EntryFilter{Part: Part{AtMost: 9}})
	check(t, err)
	if diff := cmp.Diff(before, after); diff != "" || len(after) != 1 {
		t.Errorf("%d entries; they changed: %s", len(after), diff)
	}
	if e := after[0]; e.Action != run.Cancel || e.ID != string(id) || e.Detail != "why" || e.By != (run.Actor{Name: "anna", Address: "::1", Token: "t"}) {
		t.Errorf("the entry is %+v", e)
	}
}

// An action is recorded with what it changes, or not at all.
func TestActIsOneCommit(t *testing.T) {
	db := open(t)
	id := oneRun(t, db)
	ctx := t.Context()
	refusal := errors.New("no")
	for name, act := range map[string]run.Act{
		"it is refused":               func(run.Standing) (run.Acting, error) { return run.Acting{State: run.Canceled}, refusal },
		"it changes nothing":          acting(run.Acting{}),
		"its state does not allow it": acting(run.Acting{State: run.Sending, Tasks: []run.Task{{Index: 0, State: run.TaskCanceled}}}),
	} {
		err := db.ActOnRun(ctx, entry(run.Cancel, id), act)
		if (err == nil) != (name == "it changes nothing") {
			t.Errorf("%s: %v", name, err)
		}
	}
	entries, err := db.Journal(ctx, EntryFilter{Part: Part{AtMost: 9}})
	check(t, err)
	tasks, err := db.Tasks(ctx, id)
	check(t, err)
	if len(entries) != 0 || tasks[0].State != run.TaskPending {
		t.Errorf("%d entries, task %s", len(entries), tasks[0].State)
	}
	if err := db.ActOnRun(ctx, entry(run.Cancel, "none"), acting(run.Acting{})); !errors.Is(err, ErrNotFound) {
		t.Errorf("a run that is not there: %v", err)
	}
}

// The scheduler reads the runs that were acted on since, and the open ones
// include those that are being canceled.
func TestActedAfter(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	first, second := oneRun(t, db), oneRun(t, db)
	check(t, db.ActOnRun(ctx, entry(run.Cancel, first), acting(run.Acting{State: run.Canceling, Reason: "canceled by anna"})))
	last, err := db.LastEntry(ctx)
	check(t, err)
	check(t, db.ActOnRun(ctx, entry(run.Cancel, second), acting(run.Acting{State: run.Canceled})))
	acted, err := db.ActedAfter(ctx, last)
	check(t, err)
	if diff := cmp.Diff([]Acted{{last + 1, second, run.Canceled}}, acted); diff != "" {
		t.Error(diff)
	}
	open, ok, err := db.OpenRun(ctx, first)
	check(t, err)
	if !ok || open.State != run.Canceling || open.Reason != "canceled by anna" {
		t.Errorf("the open run is %v %+v", ok, open)
	}
	all, err := db.OpenRuns(ctx, 0, 9)
	check(t, err)
	if len(all) != 1 || all[0].ID != first {
		t.Errorf("open runs are %+v", all)
	}
}

// A run that has ended is open again, with its budgets, and its earlier
// deliveries do not decide what becomes of it.
func TestReopen(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	id := oneRun(t, db)
	a := run.Attempt{ID: run.AttemptOf(id, 0, 1), Run: id, Number: 1, Executor: "docker", Intended: time.Now()}
	check(t, db.Intend(ctx, a))
	destination := run.Destination{Name: "pacs", Host: "pacs", Port: 104, AETitle: "PACS"}
	check(t, db.Settle(ctx, Settlement{Run: id, At: time.Now(), Attempts: []run.Attempt{a}, State: run.Sending,
		Tasks:      []run.Task{{Index: 0, State: run.TaskSucceeded, Retries: 1, Faults: 2}},
		Deliveries: []run.Delivery{{Destination: destination}}}))
	check(t, db.ListObjects(ctx, 1, []run.DeliveryObject{{File: "a", State: run.ObjectPending}, {File: "b", State: run.ObjectPending}, {File: "c", State: run.ObjectNotDICOM}}))
	check(t, db.BeginTry(ctx, 1))
	check(t, db.SetResults(ctx, []run.DeliveryObject{{Delivery: 1, File: "a", State: run.ObjectSent}, {Delivery: 1, File: "b", State: run.ObjectFailed, Status: 0xC000, Reason: "no"}}))
	counted := func(want ...run.DeliveryState) run.Finish {
		return func(all []run.Delivery) (run.State, string) {
			var got []run.DeliveryState
			for _, d := range all {
				if d.Superseded {
					continue
				}
				got = append(got, d.State)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			return run.Failed, "refused"
		}
	}
	check(t, db.EndTry(ctx, run.TryEnd{Delivery: 1, State: run.DeliveryFailed, At: time.Now()}, counted(run.DeliveryFailed)))

	resent := run.Resending{Delivery: run.Delivery{Destination: destination}, Resumes: 1}
	check(t, db.ActOnRun(ctx, entry(run.Resend, id), acting(run.Acting{State: run.Sending, Supersede: []int64{1}, Deliveries: []run.Resending{resent}})))
	objects, listed, err := db.DeliveryObjects(ctx, 2)
	check(t, err)
	want := []run.DeliveryObject{{Delivery: 2, File: "a", State: run.ObjectSent}, {Delivery: 2, File: "b", State: run.ObjectPending}, {Delivery: 2, File: "c", State: run.ObjectNotDICOM}}
	if diff := cmp.Diff(want, objects); diff != "" || !listed {
		t.Errorf("listed %v: %s", listed, diff)
	}
	check(t, db.BeginTry(ctx, 2))
	check(t, db.EndTry(ctx, run.TryEnd{Delivery: 2, State: run.DeliverySent, At: time.Now()}, counted(run.DeliverySent)))

	check(t, db.ActOnRun(ctx, entry(run.Retry, id), acting(run.Acting{State: run.Pending, Supersede: []int64{2}, Tasks: []run.Task{{Index: 0, State: run.TaskPending}}})))
	r, ok, err := db.OpenRun(ctx, id)
	check(t, err)
	if !ok || r.State != run.Pending || r.Reason != "" || r.Tasks[0].State != run.TaskPending || r.Tasks[0].Tries != 1 || r.Tasks[0].Retries+r.Tasks[0].Faults != 0 {
		t.Errorf("the run is %v %+v", ok, r)
	}
	shown, err := db.Run(ctx, string(id))
	check(t, err)
	if !shown.Finished.IsZero() || !shown.Sent.IsZero() || !shown.Dispatched.IsZero() {
		t.Errorf("the open run has ended at %s and was sent at %s", shown.Finished, shown.Sent)
	}
	deliveries, err := db.Deliveries(ctx, id)
	check(t, err)
	if !deliveries[0].Superseded || !deliveries[1].Superseded {
		t.Errorf("deliveries are %+v", deliveries)
	}
}

// To drain twice is to drain once, and the first one counts.
func TestDrain(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	act := func(action run.Action, by string) run.Entry {
		return run.Entry{At: time.Unix(int64(len(by)), 0), Action: action, Thing: "executor", ID: "docker", By: run.Actor{Name: by}}
	}
	check(t, db.Drain(ctx, act(run.Drain, "anna")))
	check(t, db.Drain(ctx, act(run.Drain, "berta")))
	drained, err := db.Drained(ctx)
	check(t, err)
	if diff := cmp.Diff(map[string]run.Drained{"docker": {Executor: "docker", Since: time.Unix(4, 0), By: "anna"}}, drained); diff != "" {
		t.Error(diff)
	}
	check(t, db.Undrain(ctx, act(run.Undrain, "berta")))
	check(t, db.Undrain(ctx, act(run.Undrain, "anna")))
	drained, err = db.Drained(ctx)
	check(t, err)
	entries, err := db.JournalOf(ctx, "executor", "docker")
	check(t, err)
	if len(drained) != 0 || len(entries) != 2 || entries[1].By.Name != "berta" {
		t.Errorf("drained %+v, entries %+v", drained, entries)
	}
}

// A flow's switch is in the journal with who did it, once for each change.
func TestSwitchesAreRecorded(t *testing.T) {
	db := open(t)
	ctx, id := t.Context(), flow.ID{Name: "lungs", Version: "2"}
	act := func(action run.Action, by string) run.Entry {
		return run.Entry{At: time.Unix(int64(len(by)), 0), Action: action, Thing: "flow", ID: id.String(), By: run.Actor{Name: by}}
	}
	for range 2 {
		check(t, db.SwitchOff(ctx, id, act(run.Disable, "anna")))
	}
	off, err := db.SwitchedOff(ctx)
	check(t, err)
	if !off[id].Equal(time.Unix(4, 0)) {
		t.Errorf("switched off since %v", off)
	}
	for range 2 {
		check(t, db.SwitchOn(ctx, id, act(run.Enable, "berta")))
	}
	entries, err := db.JournalOf(ctx, "flow", "lungs@2")
	check(t, err)
	if len(entries) != 2 || entries[0].Action != run.Disable || entries[0].By.Name != "anna" || entries[1].Action != run.Enable || entries[1].By.Name != "berta" {
		t.Errorf("entries %+v", entries)
	}
}

// A wake-up costs what is new, however long the journal is.
func TestActedAfterReadsWhatIsNew(t *testing.T) {
	db := open(t)
	rows, err := db.query(t.Context(), "EXPLAIN QUERY PLAN "+actedAfter, 1)
	check(t, err)
	plan, err := scanRows(rows, func(scan func(...any) error) (detail string, err error) {
		var id, parent, unused int
		err = scan(&id, &parent, &unused, &detail)
		return detail, err
	})
	check(t, err)
	if !slices.Contains(plan, "SEARCH j USING INTEGER PRIMARY KEY (rowid>?)") {
		t.Errorf("the plan is %q", plan)
	}
}
