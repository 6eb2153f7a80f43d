package state

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// open opens a new database. When the test ends, each change of a state must have
// its event.
func open(t *testing.T) *DB {
	t.Helper()
	db := openUntold(t)
	noteMoves(t, db)
	t.Cleanup(func() {
		if !t.Failed() {
			checkMoves(t, db)
		}
	})
	return db
}

// openUntold is open for a test that changes states by statements of its own.
func openUntold(t *testing.T) *DB {
	t.Helper()
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, db.Close()) })
	return db
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// to decides that an arrival goes to a state, whatever it holds.
func to(state run.ArrivalState) run.Close {
	return func(run.Content, func() (run.Tries, error)) (run.Closing, error) {
		return run.Closing{State: state}, nil
	}
}

// arrive records an arrival with objects of one study, in the state that its
// receiving ended in.
func arrive(t *testing.T, db *DB, state run.ArrivalState, study dcm.UID, instances ...dcm.UID) run.ArrivalID {
	t.Helper()
	a := run.Arrival{ID: run.NewArrivalID(), Sender: run.Sender{CallingAE: "CT1", CalledAE: "RADDEPLOY", Address: "10.0.0.7"}, Opened: time.Now()}
	check(t, db.OpenArrival(t.Context(), a))
	var objects []run.Object
	for i, instance := range instances {
		objects = append(objects, run.Object{File: fmt.Sprintf("%s/%d.dcm", a.ID, i), SOPClassUID: "1.2", SOPInstanceUID: instance,
			TransferSyntaxUID: dcm.ExplicitVRLittleEndian, StudyUID: study, Modality: "CT", Size: 10, Received: time.Now()})
	}
	check(t, db.CloseArrival(t.Context(), a.ID, time.Now(), objects, nil, to(state)))
	return a.ID
}

// story takes a run with one task and two deliveries through its life and reads
// the dashboard's Status after each step.
func TestRowsView(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	arrival := arrive(t, db, run.ArrivalComplete, "1.9", "1.1")
	r := run.Run{ID: run.NewID(), Flow: "seg", Version: "1.02", Definition: []byte("{}"), Priority: 4, Patient: "1234 PH", Objects: []int64{1}, Created: time.Now()}
	check(t, db.SetMatched(ctx, run.Matching{
		Arrival: arrival, State: run.ArrivalMatched, Explanation: []byte("[]"), Runs: []run.Run{r}, Tasks: [][]string{{"model"}},
	}))
	status(t, db, "0")

	a := run.Attempt{ID: run.AttemptOf(r.ID, 0, 1), Run: r.ID, Number: 1, Executor: "docker", Intended: time.Now()}
	check(t, db.Intend(ctx, a))
	status(t, db, "1")
	check(t, db.SetStarted(ctx, a.ID, []byte("handle"), time.Now()))
	status(t, db, "2")

	delivery := func(title dcm.AETitle) run.Delivery {
		return run.Delivery{Destination: run.Destination{Name: string(title), Host: "pacs", Port: 104, AETitle: title}}
	}
	check(t, db.Settle(ctx, Settlement{Run: r.ID, At: time.Now(), Attempts: []run.Attempt{a}, State: run.Sending,
		Tasks: []run.Task{{Index: 0, State: run.TaskSucceeded}}, Deliveries: []run.Delivery{delivery("ONE"), delivery("TWO")}}))
	status(t, db, "3")

	// the run is done when both are sent
	decide := func(all []run.Delivery) (run.State, string) {
		if len(all) == 2 && all[0].State == run.DeliverySent && all[1].State == run.DeliverySent {
			return run.Done, ""
		}
		return "", ""
	}
	check(t, db.BeginTry(ctx, 1))
	status(t, db, "4")
	check(t, db.EndTry(ctx, run.TryEnd{Delivery: 1, State: run.DeliverySent, At: time.Now()}, decide))
	check(t, db.BeginTry(ctx, 2))
	check(t, db.EndTry(ctx, run.TryEnd{Delivery: 2, State: run.DeliveryPending, Reason: "refused", Next: time.Now(), At: time.Now()}, decide))
	status(t, db, "4")
	check(t, db.BeginTry(ctx, 2))
	check(t, db.EndTry(ctx, run.TryEnd{Delivery: 2, State: run.DeliverySent, At: time.Now()}, decide))
	status(t, db, "5")

	var row struct{ uid, name, version, patient, sender, destinations, received, dispatched, finished, sent string }
	check(t, db.read.QueryRow("SELECT UID, Name, Version, Patient, Sender, Destinations, Received, Dispatched, Finished, Sent FROM rows").Scan(
		&row.uid, &row.name, &row.version, &row.patient, &row.sender, &row.destinations, &row.received, &row.dispatched, &row.finished, &row.sent))
	if row.uid != string(r.ID) || row.name != "seg" || row.version != "1.02" || row.patient != "1234 PH" || row.sender != "CT1 @ 10.0.0.7" ||
		row.destinations != "ONE @ pacs:104, TWO @ pacs:104" {
		t.Errorf("row is %+v", row)
	}
	for _, stamp := range []string{row.received, row.dispatched, row.finished, row.sent} {
		var seconds float64
		if _, err := fmt.Sscan(stamp, &seconds); err != nil || time.Since(time.UnixMicro(int64(seconds*1e6))) > time.Minute {
			t.Errorf("time %q is not epoch seconds of a moment ago", stamp)
		}
	}
}

// The end of an attempt records its start too, unless that is recorded already.
func TestEndRecordsStart(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	arrival := arrive(t, db, run.ArrivalComplete, "1.9", "1.1")
	r := run.Run{ID: run.NewID(), Definition: []byte("{}"), Objects: []int64{1}, Created: time.Now()}
	check(t, db.SetMatched(ctx, run.Matching{Arrival: arrival, State: run.ArrivalMatched, Runs: []run.Run{r}, Tasks: [][]string{{"a", "b"}}}))
	accepted := time.Now()
	for task, recorded := range []bool{false, true} {
		a := run.Attempt{ID: run.AttemptOf(r.ID, task, 1), Run: r.ID, Task: task, Number: 1, Executor: "docker", Intended: accepted}
		check(t, db.Intend(ctx, a))
		if recorded {
			check(t, db.SetStarted(ctx, a.ID, nil, accepted))
		} else {
			a.Started = accepted
		}
		check(t, db.Settle(ctx, Settlement{Run: r.ID, At: time.Now(), Attempts: []run.Attempt{a}}))
	}
	attempts, err := db.Attempts(ctx, r.ID)
	check(t, err)
	for _, a := range attempts {
		if a.State != run.AttemptEnded || !a.Started.Equal(accepted) {
			t.Errorf("task %d is %s, started at %v; want %v", a.Task, a.State, a.Started, accepted)
		}
	}
}

// Runs of one flow share its definition, and lists read neither that nor the
// objects.
func TestDefinitionsAreShared(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	arrival := arrive(t, db, run.ArrivalComplete, "1.9", "1.1", "1.2")
	made := func(digest, definition string, objects ...int64) run.Run {
		return run.Run{ID: run.NewID(), Digest: digest, Definition: []byte(definition), Objects: objects, Created: time.Now()}
	}
	runs := []run.Run{made("d1", "one", 1), made("d1", "one", 2), made("d2", "two", 1, 2)}
	check(t, db.SetMatched(ctx, run.Matching{Arrival: arrival, State: run.ArrivalMatched, Runs: runs, Tasks: [][]string{{"m"}, {"m"}, {"m"}}}))
	listed, err := db.RunsOf(ctx, arrival)
	check(t, err)
	for i, want := range runs {
		got, err := db.Run(ctx, string(want.ID))
		check(t, err)
		definition, err := db.Definition(ctx, want.ID)
		check(t, err)
		objects, err := db.SelectedObjects(ctx, want.ID)
		check(t, err)
		if string(got.Definition) != string(want.Definition) || string(definition) != string(want.Definition) ||
			!slices.Equal(got.Objects, want.Objects) || len(objects) != len(want.Objects) {
			t.Errorf("run %d is %s of objects %v (%d)", i, got.Definition, got.Objects, len(objects))
		}
		if l := listed[i]; l.Selected != len(want.Objects) || l.Definition != nil || l.Objects != nil {
			t.Errorf("listed as %+v", l)
		}
	}
	var kept int
	check(t, db.read.QueryRow("SELECT count(*) FROM definition").Scan(&kept))
	if kept != 2 {
		t.Errorf("%d definitions are kept of 2 flows", kept)
	}
}

func status(t *testing.T, db *DB, want string) {
	t.Helper()
	var got string
	check(t, db.read.QueryRow("SELECT Status FROM rows").Scan(&got))
	if got != want {
		t.Errorf("Status is %s, want %s", got, want)
	}
}

func TestIllegalTransitionChangesNothing(t *testing.T) {
	db := open(t)
	arrival := arrive(t, db, run.ArrivalComplete, "1.9", "1.1")
	err := db.CloseArrival(t.Context(), arrival, time.Now(), []run.Object{{File: "late"}}, nil, to(run.ArrivalIncomplete))
	var state *run.StateError
	if !errors.As(err, &state) {
		t.Fatalf("closing a complete arrival: got %v, want a run.StateError", err)
	}
	if files, err := db.Files(t.Context(), arrival); err != nil || len(files) != 1 {
		t.Errorf("files are %v, %v; what a refused change began has to be undone", files, err)
	}
}

// Writes of many callers share commits; each sees only its own error.
func TestConcurrentWrites(t *testing.T) {
	db := open(t)
	var callers sync.WaitGroup
	errs := make([]error, 200)
	same := run.NewArrivalID()
	for i := range errs {
		callers.Go(func() {
			id := run.NewArrivalID()
			if i%4 == 0 {
				id = same // only the first of these can be noted
			}
			errs[i] = db.OpenArrival(context.Background(), run.Arrival{ID: id, Opened: time.Now()})
		})
	}
	callers.Wait()
	failed := 0
	for _, err := range errs {
		if err != nil {
			failed++
		}
	}
	arrivals, err := db.Arrivals(t.Context(), ArrivalFilter{Part: Part{AtMost: 1000}})
	check(t, err)
	if failed != 49 || len(arrivals) != 151 {
		t.Errorf("%d writes failed and %d arrivals are there; want 49 and 151", failed, len(arrivals))
	}
}

func TestPrefixes(t *testing.T) {
	db := open(t)
	a := arrive(t, db, run.ArrivalComplete, "1.9", "1.1")
	if found, err := db.Arrival(t.Context(), string(a)[:8]); err != nil || found.ID != a {
		t.Errorf("by its first eight characters: %v, %v", found.ID, err)
	}
	for _, prefix := range []string{"", "zzz"} {
		if _, err := db.Arrival(t.Context(), prefix); !errors.Is(err, ErrNotFound) {
			t.Errorf("prefix %q: got %v, want ErrNotFound", prefix, err)
		}
	}
}

func TestReopenAndNewerSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db, err := Open(t.Context(), path)
	check(t, err)
	arrival := arrive(t, db, run.ArrivalComplete, "1.9", "1.1")
	check(t, db.Close())
	if err := db.OpenArrival(t.Context(), run.Arrival{ID: "x"}); !errors.Is(err, ErrClosed) {
		t.Errorf("write after Close: got %v, want ErrClosed", err)
	}

	db, err = Open(t.Context(), path)
	check(t, err)
	if got := instances(t, db, arrival); len(got) != 1 {
		t.Errorf("after reopening there are %v", got)
	}
	check(t, db.update(t.Context(), func(tx *transaction) error {
		_, err := tx.Exec("PRAGMA user_version = 999")
		return err
	}))
	check(t, db.Close())
	if db, err := Open(t.Context(), path); err == nil {
		db.Close()
		t.Error("a database of a newer program was opened")
	}
}

func TestOpenRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("data", 0o755); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), "data/state.db")
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat("data/state.db"); err != nil {
		t.Error(err)
	}
}
