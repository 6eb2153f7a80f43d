package state

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

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

func asSet(uids []dcm.UID) map[dcm.UID]bool {
	set := map[dcm.UID]bool{}
	for _, uid := range uids {
		set[uid] = true
	}
	return set
}

var inAnyOrder = cmp.Transformer("set", asSet)

// What is decided sees all that the arrival holds, and the sender's incomplete
// arrivals; a superseded arrival's objects go into the one that is closed.
func TestClosingIsDecidedFromContent(t *testing.T) {
	db := open(t)
	first := arrive(t, db, run.ArrivalIncomplete, "1.9", "1.1", "1.2")
	elsewhere := run.Arrival{ID: run.NewArrivalID(), Sender: run.Sender{CallingAE: "CT1", Address: "10.0.0.8"}, Opened: time.Now()}
	check(t, db.OpenArrival(t.Context(), elsewhere))
	check(t, db.CloseArrival(t.Context(), elsewhere.ID, time.Now(), nil, to(run.ArrivalIncomplete)))

	sender := run.Sender{CallingAE: "CT1", CalledAE: "OTHER", Address: "10.0.0.7"}
	again := run.Arrival{ID: run.NewArrivalID(), Sender: sender, Opened: time.Now()}
	check(t, db.OpenArrival(t.Context(), again))
	check(t, db.AddObjects(t.Context(), again.ID, []run.Object{{File: "0", SOPInstanceUID: "1.3", StudyUID: "1.9"}, {File: "1", SOPInstanceUID: "1.4"}}))
	last := []run.Object{{File: "2", SOPInstanceUID: "1.5", StudyUID: "1.9"}}
	check(t, db.CloseArrival(t.Context(), again.ID, time.Now(), last, func(this run.Content, incomplete func() ([]run.Content, error)) (run.Closing, error) {
		want := run.Content{Arrival: again.ID, Seq: 3, Sender: sender, Objects: 3, Studies: []dcm.UID{"", "1.9"}}
		if diff := cmp.Diff(want, this, inAnyOrder); diff != "" {
			t.Errorf("the arrival holds (-want +got):\n%s", diff)
		}
		old, err := incomplete()
		want = run.Content{Arrival: first, Seq: 1, Sender: run.Sender{CallingAE: "CT1", CalledAE: "RADDEPLOY", Address: "10.0.0.7"}, Objects: 2, Studies: []dcm.UID{"1.9"}}
		if diff := cmp.Diff([]run.Content{want}, old, inAnyOrder); diff != "" {
			t.Errorf("the sender's incomplete arrivals (-want +got):\n%s", diff)
		}
		return run.Closing{State: run.ArrivalComplete, Supersedes: []run.Superseding{{Arrival: first, Reason: "sent again"}}}, err
	}))
	if diff := cmp.Diff([]dcm.UID{"1.1", "1.2", "1.3", "1.4", "1.5"}, instances(t, db, again.ID), cmp.Transformer("set", asSet)); diff != "" {
		t.Errorf("the next try has what came before (-want +got):\n%s", diff)
	}
	if a, err := db.Arrival(t.Context(), string(first)); err != nil || a.State != run.ArrivalSuperseded || a.Reason != "sent again" {
		t.Errorf("the first arrival is %s because %q, %v", a.State, a.Reason, err)
	}
}

func TestADecisionThatFailsChangesNothing(t *testing.T) {
	db := open(t)
	a := run.Arrival{ID: run.NewArrivalID(), Opened: time.Now()}
	check(t, db.OpenArrival(t.Context(), a))
	undecided := errors.New("undecided")
	err := db.CloseArrival(t.Context(), a.ID, time.Now(), []run.Object{{File: "0"}}, func(run.Content, func() ([]run.Content, error)) (run.Closing, error) {
		return run.Closing{}, undecided
	})
	files, readErr := db.Files(t.Context(), a.ID)
	if !errors.Is(err, undecided) || readErr != nil || len(files) != 0 {
		t.Errorf("got %v, files %v, %v", err, files, readErr)
	}
}
