package state

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

func open(t *testing.T) *DB {
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

// arrive notes an arrival with objects of one study, in the state that its
// receiving ended in.
func arrive(t *testing.T, db *DB, to run.ArrivalState, study dcm.UID, instances ...dcm.UID) run.ArrivalID {
	t.Helper()
	a := run.Arrival{ID: run.NewArrivalID(), Sender: run.Sender{CallingAE: "CT1", CalledAE: "RADDEPLOY", Address: "10.0.0.7"}, Opened: time.Now()}
	check(t, db.OpenArrival(t.Context(), a))
	var objects []run.Object
	for i, instance := range instances {
		objects = append(objects, run.Object{File: fmt.Sprintf("%s/%d.dcm", a.ID, i), SOPClassUID: "1.2", SOPInstanceUID: instance,
			TransferSyntaxUID: dcm.ExplicitVRLittleEndian, StudyUID: study, Modality: "CT", Size: 10, Received: time.Now()})
	}
	check(t, db.CloseArrival(t.Context(), a.ID, to, "", time.Now(), objects))
	return a.ID
}

func instances(t *testing.T, db *DB, arrival run.ArrivalID) []dcm.UID {
	t.Helper()
	objects, err := db.Objects(t.Context(), arrival)
	check(t, err)
	var uids []dcm.UID
	for _, o := range objects {
		uids = append(uids, o.SOPInstanceUID)
	}
	return uids
}

func TestSameObjectTwiceInAnArrival(t *testing.T) {
	db := open(t)
	arrival := arrive(t, db, run.ArrivalComplete, "1.9", "1.1", "1.2", "1.1")
	objects, err := db.Objects(t.Context(), arrival)
	check(t, err)
	var files []string
	for _, o := range objects {
		files = append(files, filepath.Base(o.File))
	}
	if diff := cmp.Diff([]string{"1.dcm", "2.dcm"}, files); diff != "" {
		t.Errorf("the last one of each UID counts (-want +got):\n%s", diff)
	}
	kept, err := db.Files(t.Context(), arrival)
	check(t, err)
	if len(kept) != 3 {
		t.Errorf("%d files are known, want all 3", len(kept))
	}
}

func TestIncompleteArrivalIsSupersededByTheSendersNextTry(t *testing.T) {
	db := open(t)
	other := arrive(t, db, run.ArrivalIncomplete, "9.9", "9.1")
	first := arrive(t, db, run.ArrivalIncomplete, "1.9", "1.1", "1.2")
	again := arrive(t, db, run.ArrivalComplete, "1.9", "1.2", "1.3")

	if diff := cmp.Diff([]dcm.UID{"1.1", "1.2", "1.3"}, instances(t, db, again), cmp.Transformer("set", asSet)); diff != "" {
		t.Errorf("the next try has what came before (-want +got):\n%s", diff)
	}
	for id, want := range map[run.ArrivalID]run.ArrivalState{first: run.ArrivalSuperseded, other: run.ArrivalIncomplete, again: run.ArrivalComplete} {
		a, err := db.Arrival(t.Context(), string(id))
		check(t, err)
		if a.State != want {
			t.Errorf("arrival is %s, want %s", a.State, want)
		}
	}
}

// Objects that do not name their study belong to nobody's next try: they may be
// of another patient.
func TestObjectsWithoutAStudyAreNotMixed(t *testing.T) {
	db := open(t)
	first := arrive(t, db, run.ArrivalIncomplete, "", "1.1")
	again := arrive(t, db, run.ArrivalComplete, "", "1.2")
	if got := instances(t, db, again); len(got) != 1 {
		t.Errorf("the second arrival has %v", got)
	}
	if a, err := db.Arrival(t.Context(), string(first)); err != nil || a.State != run.ArrivalIncomplete {
		t.Errorf("the first arrival is %s, %v", a.State, err)
	}
}

func asSet(uids []dcm.UID) map[dcm.UID]bool {
	set := map[dcm.UID]bool{}
	for _, uid := range uids {
		set[uid] = true
	}
	return set
}

// story takes a run with one task and two deliveries through its life and reads
// the dashboard's Status after each step.
func TestRowsView(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	arrival := arrive(t, db, run.ArrivalComplete, "1.9", "1.1")
	r := run.Run{ID: run.NewID(), Flow: "seg", Version: "1.02", Definition: []byte("{}"), Priority: 4, Patient: "1234 PH", Objects: []int64{1}, Created: time.Now()}
	check(t, db.SetMatched(ctx, arrival, []byte("[]"), "", []run.Run{r}, [][]string{{"model"}}))
	status(t, db, "0")

	a := run.Attempt{ID: run.AttemptOf(r.ID, 0, 1), Run: r.ID, Number: 1, Executor: "docker", Intended: time.Now()}
	check(t, db.Intend(ctx, a))
	status(t, db, "1")
	check(t, db.SetStarted(ctx, a.ID, []byte("handle"), time.Now()))
	status(t, db, "2")

	to := func(title dcm.AETitle) run.Delivery {
		return run.Delivery{Destination: run.Destination{Name: string(title), Host: "pacs", Port: 104, AETitle: title}, GiveUp: time.Now().Add(time.Hour)}
	}
	check(t, db.Settle(ctx, Settlement{Run: r.ID, At: time.Now(), Attempts: []run.Attempt{a}, State: run.Sending,
		Tasks: []run.Task{{Index: 0, State: run.TaskSucceeded}}, Deliveries: []run.Delivery{to("ONE"), to("TWO")}}))
	status(t, db, "3")

	check(t, db.BeginTry(ctx, 1))
	status(t, db, "4")
	check(t, db.EndTry(ctx, 1, run.DeliverySent, "", time.Time{}, time.Now(), nil))
	check(t, db.BeginTry(ctx, 2))
	check(t, db.EndTry(ctx, 2, run.DeliveryPending, "refused", time.Now(), time.Now(), nil))
	status(t, db, "4")
	check(t, db.BeginTry(ctx, 2))
	check(t, db.EndTry(ctx, 2, run.DeliverySent, "", time.Time{}, time.Now(), nil))
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

func status(t *testing.T, db *DB, want string) {
	t.Helper()
	var got string
	check(t, db.read.QueryRow("SELECT Status FROM rows").Scan(&got))
	if got != want {
		t.Errorf("Status is %s, want %s", got, want)
	}
}

func TestARunFailsWithItsLastDelivery(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	arrival := arrive(t, db, run.ArrivalComplete, "1.9", "1.1")
	r := run.Run{ID: run.NewID(), Flow: "seg", Definition: []byte("{}"), Objects: []int64{1}, Created: time.Now()}
	check(t, db.SetMatched(ctx, arrival, nil, "", []run.Run{r}, [][]string{{"model"}}))
	a := run.Attempt{ID: run.AttemptOf(r.ID, 0, 1), Run: r.ID, Number: 1, Intended: time.Now()}
	check(t, db.Intend(ctx, a))
	check(t, db.Settle(ctx, Settlement{Run: r.ID, Attempts: []run.Attempt{a}, At: time.Now(), State: run.Sending, Tasks: []run.Task{{State: run.TaskSucceeded}},
		Deliveries: []run.Delivery{{Destination: run.Destination{Name: "pacs"}}, {Destination: run.Destination{Name: "archive"}}}}))
	for id, to := range map[int64]run.DeliveryState{1: run.DeliveryFailed, 2: run.DeliverySent} {
		check(t, db.BeginTry(ctx, id))
		check(t, db.EndTry(ctx, id, to, "refused: status C000", time.Time{}, time.Now(), nil))
	}
	got, err := db.Run(ctx, string(r.ID)[:9])
	check(t, err)
	if want := "delivery to pacs: refused: status C000"; got.State != run.Failed || got.Reason != want {
		t.Errorf("run is %s because %q, want failed because %q", got.State, got.Reason, want)
	}
}

func TestIllegalTransitionChangesNothing(t *testing.T) {
	db := open(t)
	arrival := arrive(t, db, run.ArrivalComplete, "1.9", "1.1")
	err := db.CloseArrival(t.Context(), arrival, run.ArrivalIncomplete, "late", time.Now(), []run.Object{{File: "late"}})
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
	arrivals, err := db.Arrivals(t.Context(), 1000)
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
