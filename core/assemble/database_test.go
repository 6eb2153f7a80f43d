package assemble_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/assemble"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/core/state"
)

// site is an assembler on a real database.
type site struct {
	*testing.T
	*assemble.Assembler
	db *state.DB
}

func newSite(t *testing.T) *site {
	t.Helper()
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	files, err := spool.Open(t.TempDir())
	check(t, err)
	return &site{t, &assemble.Assembler{Store: db, Spool: files, Wake: func() {}, Logger: hclog.NewNullLogger()}, db}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var sender = run.Sender{CallingAE: "CT1", CalledAE: "RADDEPLOY", Address: "10.0.0.7"}

// arrive has an association come and go with objects of one series of the study
// that all are of.
func (s *site) arrive(aborted bool, series dcm.UID, instances ...dcm.UID) run.ArrivalID {
	s.Helper()
	a := run.Arrival{ID: run.NewArrivalID(), Sender: sender, Opened: time.Now()}
	check(s.T, s.Open(s.Context(), a))
	var objects []run.Object
	for i, instance := range instances {
		objects = append(objects, run.Object{File: fmt.Sprintf("%s/%d.dcm", a.ID, i), SOPInstanceUID: instance, StudyUID: "1", SeriesUID: series})
	}
	if aborted {
		check(s.T, s.Aborted(s.Context(), a.ID, objects, "EOF"))
	} else {
		check(s.T, s.Released(s.Context(), a.ID, objects))
	}
	return a.ID
}

func (s *site) instances(arrival run.ArrivalID) map[dcm.UID]bool {
	s.Helper()
	objects, err := s.db.Objects(s.Context(), arrival)
	check(s.T, err)
	uids := map[dcm.UID]bool{}
	for _, o := range objects {
		uids[o.SOPInstanceUID] = true
	}
	return uids
}

func TestIncompleteArrivalIsSupersededByTheSendersNextTry(t *testing.T) {
	s := newSite(t)
	other := s.arrive(true, "9.9", "9.1")
	first := s.arrive(true, "1.9", "1.1", "1.2")
	again := s.arrive(false, "1.9", "1.2", "1.3")

	if diff := cmp.Diff(map[dcm.UID]bool{"1.1": true, "1.2": true, "1.3": true}, s.instances(again)); diff != "" {
		t.Errorf("the next try has what came before (-want +got):\n%s", diff)
	}
	for id, want := range map[run.ArrivalID]run.ArrivalState{first: run.ArrivalSuperseded, other: run.ArrivalIncomplete, again: run.ArrivalComplete} {
		a, err := s.db.Arrival(t.Context(), string(id))
		check(t, err)
		if a.State != want {
			t.Errorf("arrival is %s, want %s", a.State, want)
		}
	}
}

// Of two series that broke off together only the one that is sent again leaves
// the held arrival, which says so.
func TestOneOfTwoBrokenSeriesIsSentAgain(t *testing.T) {
	s := newSite(t)
	first := run.Arrival{ID: run.NewArrivalID(), Sender: sender, Opened: time.Now()}
	check(t, s.Open(t.Context(), first))
	check(t, s.Aborted(t.Context(), first.ID, []run.Object{
		{File: "0", SOPInstanceUID: "1.1", StudyUID: "1", SeriesUID: "1.8"},
		{File: "1", SOPInstanceUID: "1.2", StudyUID: "1", SeriesUID: "1.9"},
	}, "EOF"))
	again := s.arrive(false, "1.9", "1.2", "1.3")

	if diff := cmp.Diff(map[dcm.UID]bool{"1.2": true, "1.3": true}, s.instances(again)); diff != "" {
		t.Errorf("the next try holds (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[dcm.UID]bool{"1.1": true}, s.instances(first.ID)); diff != "" {
		t.Errorf("the held arrival holds (-want +got):\n%s", diff)
	}
	want := "association broke off: EOF; 1 of 2 objects sent again as " + string(again)
	if a, err := s.db.Arrival(t.Context(), string(first.ID)); err != nil || a.State != run.ArrivalIncomplete || a.Reason != want {
		t.Errorf("the held arrival is %s because %q, %v; want %q", a.State, a.Reason, err, want)
	}
}

// Objects that do not name their series belong to the next try only if they are
// sent again themselves.
func TestObjectsWithoutASeriesAreNotMixed(t *testing.T) {
	s := newSite(t)
	first := s.arrive(true, "", "1.1")
	again := s.arrive(false, "", "1.2")
	if got := s.instances(again); len(got) != 1 {
		t.Errorf("the second arrival has %v", got)
	}
	if a, err := s.db.Arrival(t.Context(), string(first)); err != nil || a.State != run.ArrivalIncomplete {
		t.Errorf("the first arrival is %s, %v", a.State, err)
	}
}
