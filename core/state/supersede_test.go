package state

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// next opens an arrival of the sender that arrive uses, sent to another AE title
// of ours.
func next(t *testing.T, db *DB, objects ...run.Object) run.Content {
	t.Helper()
	a := run.Arrival{ID: run.NewArrivalID(), Sender: run.Sender{CallingAE: "CT1", CalledAE: "OTHER", Address: "10.0.0.7"}, Opened: time.Now()}
	check(t, db.OpenArrival(t.Context(), a))
	check(t, db.AddObjects(t.Context(), a.ID, objects, nil))
	return run.Content{Arrival: a.ID, Sender: a.Sender, Objects: len(objects)}
}

// superseding completes an arrival that takes objects over.
func superseding(old ...run.Superseding) run.Close {
	return func(run.Content, func() (run.Tries, error)) (run.Closing, error) {
		return run.Closing{State: run.ArrivalComplete, Supersedes: old}, nil
	}
}

// What is decided sees what the arrival holds, the last objects too, and the
// sender's incomplete arrivals, oldest first.
func TestClosingIsDecidedFromContent(t *testing.T) {
	db := open(t)
	first := arrive(t, db, run.ArrivalIncomplete, "1.9", "1.1", "1.2")
	arrive(t, db, run.ArrivalComplete, "1.9", "1.1")
	elsewhere := run.Arrival{ID: run.NewArrivalID(), Sender: run.Sender{CallingAE: "CT1", Address: "10.0.0.8"}, Opened: time.Now()}
	check(t, db.OpenArrival(t.Context(), elsewhere))
	check(t, db.CloseArrival(t.Context(), elsewhere.ID, time.Now(), nil, nil, to(run.ArrivalIncomplete)))
	second := arrive(t, db, run.ArrivalIncomplete, "1.9")

	again := next(t, db, run.Object{File: "0", SOPInstanceUID: "1.3", SeriesUID: "1.8"}, run.Object{File: "1", SeriesUID: "1.8"})
	again.Seq, again.Objects = 5, 3
	last := []run.Object{{File: "2", SOPInstanceUID: "1.5"}}
	check(t, db.CloseArrival(t.Context(), again.Arrival, time.Now(), last, nil, func(this run.Content, tries func() (run.Tries, error)) (run.Closing, error) {
		if diff := cmp.Diff(again, this); diff != "" {
			t.Errorf("the arrival (-want +got):\n%s", diff)
		}
		got, err := tries()
		sender := run.Sender{CallingAE: "CT1", CalledAE: "RADDEPLOY", Address: "10.0.0.7"}
		want := run.Tries{
			Sent: []run.Kept{{ID: 4, Series: "1.8", Instance: "1.3"}, {ID: 5, Series: "1.8"}, {ID: 6, Instance: "1.5"}},
			Before: []run.Incomplete{
				{Arrival: first, Seq: 1, Sender: sender, Reason: "", Kept: []run.Kept{{ID: 1, Instance: "1.1"}, {ID: 2, Instance: "1.2"}}},
				{Arrival: second, Seq: 4, Sender: sender, Reason: ""},
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the sender's tries (-want +got):\n%s", diff)
		}
		return run.Closing{State: run.ArrivalComplete}, err
	}))
}

// A sender without an incomplete arrival costs no look at any object.
func TestNoObjectsAreReadWhereNoneAreIncomplete(t *testing.T) {
	db := open(t)
	this := next(t, db, run.Object{File: "0", SOPInstanceUID: "1.3"})
	check(t, db.CloseArrival(t.Context(), this.Arrival, time.Now(), nil, nil, func(_ run.Content, tries func() (run.Tries, error)) (run.Closing, error) {
		got, err := tries()
		if diff := cmp.Diff(run.Tries{}, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		return run.Closing{State: run.ArrivalComplete}, err
	}))
}

func TestSupersedeWhole(t *testing.T) {
	db := open(t)
	first := arrive(t, db, run.ArrivalIncomplete, "1.9", "1.1", "1.2")
	again := next(t, db, run.Object{File: "0", SOPInstanceUID: "1.3"}).Arrival
	check(t, db.CloseArrival(t.Context(), again, time.Now(), nil, nil, superseding(run.Superseding{Arrival: first, Reason: "sent again"})))
	holds(t, db, again, run.ArrivalComplete, "", "1.1", "1.2", "1.3")
	holds(t, db, first, run.ArrivalSuperseded, "sent again", "1.1", "1.2")
}

// What is left of an arrival stays incomplete, and can be completed without what
// went.
func TestSupersedePart(t *testing.T) {
	db := open(t)
	first := arrive(t, db, run.ArrivalIncomplete, "1.9", "1.1", "1.2", "1.3") // objects 1 to 3
	again := next(t, db, run.Object{File: "0", SOPInstanceUID: "1.4"}).Arrival
	check(t, db.CloseArrival(t.Context(), again, time.Now(), nil, nil,
		superseding(run.Superseding{Arrival: first, Reason: "2 of 3 objects sent again", Part: []int64{1, 3}})))
	holds(t, db, again, run.ArrivalComplete, "", "1.1", "1.3", "1.4")
	holds(t, db, first, run.ArrivalIncomplete, "2 of 3 objects sent again", "1.2")

	check(t, db.CloseArrival(t.Context(), first, time.Now(), nil, nil, to(run.ArrivalComplete)))
	holds(t, db, first, run.ArrivalComplete, "", "1.2")
}

// The same instance with other bytes is the same try: the last one counts, and
// the files of both are kept.
func TestSupersedeWithOtherBytes(t *testing.T) {
	db := open(t)
	first := arrive(t, db, run.ArrivalIncomplete, "1.9", "1.1", "1.2")
	again := next(t, db, run.Object{File: "other bytes", SOPInstanceUID: "1.1"}).Arrival
	check(t, db.CloseArrival(t.Context(), again, time.Now(), nil, nil, superseding(run.Superseding{Arrival: first, Reason: "r", Part: []int64{1}})))
	objects, err := db.Objects(t.Context(), again)
	check(t, err)
	if len(objects) != 1 || objects[0].File != "other bytes" {
		t.Errorf("the run would get %+v, want the last one", objects)
	}
	if files, err := db.Files(t.Context(), again); err != nil || len(files) != 2 {
		t.Errorf("the files are %v (%v), want both", files, err)
	}
	holds(t, db, first, run.ArrivalIncomplete, "r", "1.2")
}

func holds(t *testing.T, db *DB, id run.ArrivalID, state run.ArrivalState, reason string, want ...dcm.UID) {
	t.Helper()
	a, err := db.Arrival(t.Context(), string(id))
	check(t, err)
	if a.State != state || a.Reason != reason {
		t.Errorf("the arrival is %s because %q, want %s because %q", a.State, a.Reason, state, reason)
	}
	got := instances(t, db, id)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the arrival holds (-want +got):\n%s", diff)
	}
}
