package state

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

func ask(t *testing.T, db *DB, peer run.Sender, transaction dcm.UID, instances ...dcm.UID) (id int64, open int) {
	t.Helper()
	var refs []run.Reference
	for _, instance := range instances {
		refs = append(refs, run.Reference{SOPClassUID: "1.2", SOPInstanceUID: instance})
	}
	id, err := db.AskCommitment(t.Context(), run.Commitment{Peer: peer, Transaction: transaction, Asked: time.Unix(100, 0)}, refs,
		func(before *run.Commitment, same bool, ofPeer, all int) (bool, error) {
			open = ofPeer
			return before == nil || same, nil
		})
	check(t, err)
	return id, open
}

// Two peers may choose the same transaction UID; one that asks again asks for the
// same.
func TestCommitmentsOfPeers(t *testing.T) {
	db := open(t)
	one, two := run.Sender{CallingAE: "CT1", Address: "10.1.0.7"}, run.Sender{CallingAE: "CT2", Address: "10.1.0.7"}
	first, _ := ask(t, db, one, "2.1", "1.1", "1.2")
	second, n := ask(t, db, two, "2.1", "1.3")
	if first == second || n != 0 {
		t.Errorf("requests %d and %d, %d of the second peer are open before", first, second, n)
	}
	check(t, db.DecideCommitment(t.Context(), run.Decided{ID: first, At: time.Unix(200, 0),
		Failed: []run.Uncommitted{{Reference: run.Reference{SOPClassUID: "1.2", SOPInstanceUID: "1.2"}, Reason: 0x0112}}}))
	refs, failed, err := db.CommitmentInstances(t.Context(), first)
	if err != nil || len(refs) != 2 || len(failed) != 1 || failed[0].Reason != 0x0112 {
		t.Errorf("%v, %v, %v", refs, failed, err)
	}
	check(t, db.EndReport(t.Context(), run.CommitmentEnd{ID: first, State: run.CommitmentDecided, Reason: "away", Next: time.Unix(300, 0)}))
	check(t, db.EndReport(t.Context(), run.CommitmentEnd{ID: first, State: run.CommitmentReported, At: time.Unix(400, 0)}))
	if err := db.EndReport(t.Context(), run.CommitmentEnd{ID: first, State: run.CommitmentDecided}); err == nil {
		t.Error("a report that was taken is tried again")
	}
	all, err := db.Commitments(t.Context(), 10)
	check(t, err)
	want := run.Commitment{ID: first, Peer: one, Transaction: "2.1", State: run.CommitmentReported, Instances: 2, Committed: 1,
		Asked: time.Unix(100, 0), Tries: 2, NextTry: time.Unix(300, 0), Finished: time.Unix(400, 0)}
	if diff := cmp.Diff(want, all[1], cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	again, n := ask(t, db, one, "2.1", "1.1", "1.2")
	open, err := db.OpenCommitments(t.Context())
	check(t, err)
	if again != first || n != 0 || len(open) != 2 || open[0].State != run.CommitmentAsked {
		t.Errorf("asked again: request %d, %d open before, now %+v", again, n, open)
	}
	var moved *run.StateError
	if err := db.EndReport(t.Context(), run.CommitmentEnd{ID: first, State: run.CommitmentDecided}); !errors.As(err, &moved) || moved.From != "asked" {
		t.Errorf("a report of before that is tried again: %v", err)
	}
	check(t, db.DecideCommitment(t.Context(), run.Decided{ID: first}))
	check(t, db.EndReport(t.Context(), run.CommitmentEnd{ID: first, State: run.CommitmentFailed, At: time.Unix(500, 0)}))
	if done, err := db.ForgetCommitments(t.Context(), time.Unix(500, 0), 10); !done || err != nil {
		t.Error(done, err)
	}
	if left, _ := db.Commitments(t.Context(), 10); len(left) != 2 {
		t.Errorf("one that ended later was forgotten: %+v", left)
	}
	done, err := db.ForgetCommitments(t.Context(), time.Unix(501, 0), 10)
	if left, _ := db.Commitments(t.Context(), 10); !done || err != nil || len(left) != 1 || left[0].ID != second {
		t.Errorf("left: %+v, %v", left, err)
	}
}

// An association that ends knows whether storage commitment was asked for what it
// brought, or given.
func TestWhatCommitmentWasAskedFor(t *testing.T) {
	db := open(t)
	peer := run.Sender{CallingAE: "CT1", Address: "10.1.0.7"}
	ends := func(ask func(arrival run.ArrivalID)) (asked bool) {
		t.Helper()
		a := run.Arrival{ID: run.NewArrivalID(), Sender: peer, Opened: time.Unix(100, 0)}
		check(t, db.OpenArrival(t.Context(), a))
		ask(a.ID)
		object := run.Object{File: string(a.ID) + "/000001.dcm", SOPClassUID: "1.2", SOPInstanceUID: "1.1"}
		check(t, db.CloseArrival(t.Context(), a.ID, time.Unix(200, 0), []run.Object{object}, nil, func(this run.Content, _ func() (run.Tries, error)) (run.Closing, error) {
			asked = this.Asked
			return run.Closing{State: run.ArrivalIncomplete}, nil
		}))
		return asked
	}
	if ends(func(run.ArrivalID) {}) {
		t.Error("nothing was asked for")
	}
	var id int64
	if !ends(func(run.ArrivalID) { id, _ = ask(t, db, peer, "2.1", "1.2", "1.1") }) {
		t.Error("it was asked for, and not decided")
	}
	if !ends(func(arrival run.ArrivalID) {
		a, err := db.Arrival(t.Context(), string(arrival))
		check(t, err)
		check(t, db.DecideCommitment(t.Context(), run.Decided{ID: id, Arrivals: map[int64]int{a.Seq: 1}}))
	}) {
		t.Error("it was committed to")
	}
	if ends(func(run.ArrivalID) {}) {
		t.Error("another association was asked for")
	}
}

// What is stored is found in each arrival that holds it, until retention says that
// its files go. The arrival knows what was committed to of it.
func TestStored(t *testing.T) {
	db := open(t)
	arrival := arrive(t, db, run.ArrivalComplete, "1.9", "1.1", "1.2")
	other := arrive(t, db, run.ArrivalIncomplete, "1.9", "1.1")
	find := func(instances ...dcm.UID) (states []run.ArrivalState) {
		t.Helper()
		found, err := db.Stored(t.Context(), instances)
		check(t, err)
		for _, s := range found {
			states = append(states, s.State)
			if s.File == "" {
				t.Errorf("%+v", s)
			}
		}
		return states
	}
	if diff := cmp.Diff([]run.ArrivalState{run.ArrivalComplete, run.ArrivalIncomplete}, find("1.1", "1.3")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	id, _ := ask(t, db, run.Sender{CallingAE: "CT1"}, "2.1", "1.1")
	a, err := db.Arrival(t.Context(), string(arrival))
	check(t, err)
	check(t, db.DecideCommitment(t.Context(), run.Decided{ID: id, Arrivals: map[int64]int{a.Seq: 1}}))
	for of, want := range map[run.ArrivalID]int{arrival: 1, other: 0} {
		if all, err := db.CommitmentsOf(t.Context(), of); err != nil || len(all) != want {
			t.Errorf("%+v, %v", all, err)
		}
	}
	marked, err := db.MarkObjects(t.Context(), a.Seq, time.Now(), func(run.KeptArrival) bool { return true })
	if !marked || err != nil {
		t.Fatal(marked, err)
	}
	if diff := cmp.Diff([]run.ArrivalState{run.ArrivalIncomplete}, find("1.1", "1.2")); diff != "" {
		t.Errorf("after the removal (-want +got):\n%s", diff)
	}
	check(t, db.RemovalDone(t.Context(), run.Removal{Kind: run.RemoveObjects, Seq: a.Seq}))
	if done, err := db.DropArrival(t.Context(), a.Seq, 10); !done || err != nil {
		t.Errorf("the rows of the arrival stay: %v", err)
	}
}
