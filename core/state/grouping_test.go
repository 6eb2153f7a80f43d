package state

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

var byStudy = flow.Complete{On: flow.OnStudy}.Rule()

// associate records an association with objects that are put into a new arrival
// of a study, or into one that is there.
func associate(t *testing.T, db *DB, rule flow.Rule, uid dcm.UID, instances ...dcm.UID) (association, group run.ArrivalID) {
	t.Helper()
	a := run.Arrival{ID: run.NewArrivalID(), Opened: time.Now(), Rule: rule, Sender: run.Sender{CallingAE: "CT1", Address: "10.0.0.7"}}
	check(t, db.OpenArrival(t.Context(), a))
	var objects []run.Object
	var indexes []int
	for i, instance := range instances {
		objects, indexes = append(objects, run.Object{File: fmt.Sprintf("%s/%d.dcm", a.ID, i), SOPInstanceUID: instance, StudyUID: uid}), append(indexes, i)
	}
	at := time.Unix(1000, 0)
	check(t, db.AddObjects(t.Context(), a.ID, objects, func(known func([]dcm.UID) (map[dcm.UID][]run.Arrival, error)) ([]run.Placing, error) {
		found, err := known([]dcm.UID{"9.9", uid})
		into := run.Arrival{ID: run.NewArrivalID(), Rule: byStudy, UID: uid, Revision: 1, Opened: at, Deadline: at.Add(time.Hour)}
		if len(found[uid]) > 0 {
			into = found[uid][0]
		}
		group = into.ID
		return []run.Placing{{Into: into, Objects: indexes, Last: at, Due: at.Add(time.Minute)}}, err
	}))
	return a.ID, group
}

func toState(state run.ArrivalState, own bool) run.Close {
	return func(run.Content, func() (run.Tries, error)) (run.Closing, error) {
		return run.Closing{State: state, Own: own}, nil
	}
}

// An arrival of a study has the objects of its associations, is due when it was
// said to be, and ends only if nothing came meanwhile.
func TestGroup(t *testing.T) {
	db := open(t)
	_, group := associate(t, db, flow.NoRule, "1", "1.1", "1.2")
	members, err := db.Members(t.Context(), group)
	check(t, err)
	if _, same := associate(t, db, flow.NoRule, "1", "1.2"); same != group {
		t.Fatalf("the second association has another arrival")
	}
	complete := run.Completion{Arrival: group, At: time.Unix(2000, 0), State: run.ArrivalComplete, Completion: "how", Newest: members.Newest}
	if err := db.CompleteArrival(t.Context(), complete); !errors.Is(err, run.ErrObjectsCame) {
		t.Errorf("an arrival ends without its newest object: %v", err)
	}
	copies, err := db.Copies(t.Context(), group, "")
	if err != nil || len(copies) != 2 {
		t.Errorf("%d copies of one SOP instance, %v", len(copies), err)
	}
	if members, err = db.Members(t.Context(), group); err != nil || members.Objects != 3 || members.Instances != 2 {
		t.Errorf("members %+v, %v", members, err)
	}
	before, _, err := db.Due(t.Context(), time.Unix(1059, 0))
	check(t, err)
	due, next, err := db.Due(t.Context(), time.Unix(1060, 0))
	if err != nil || len(before) != 0 || len(due) != 1 || due[0].ID != group || !next.IsZero() {
		t.Errorf("due before its time %v, in time %v, then %s (%v)", before, due, next, err)
	}
	check(t, db.SetTimers(t.Context(), []run.Timer{{Arrival: group, Last: time.Unix(1, 0), Deadline: time.Unix(2, 0), Due: time.Unix(3, 0)}}))
	// of an object before the last
	check(t, db.SetTimers(t.Context(), []run.Timer{{Arrival: group, Last: time.Unix(9, 0), Due: time.Unix(9, 0), After: time.Unix(1000, 0)}}))
	complete.Newest = members.Newest
	check(t, db.CompleteArrival(t.Context(), complete))
	check(t, db.SetTimers(t.Context(), []run.Timer{{Arrival: group, Due: time.Unix(3, 0)}})) // too late
	if waiting, err := db.Waiting(t.Context()); err != nil || len(waiting) != 0 {
		t.Errorf("%v wait (%v)", waiting, err)
	}
	a, err := db.Arrival(t.Context(), string(group))
	check(t, err)
	if a.State != run.ArrivalComplete || a.Completion != "how" || !a.Completed.Equal(complete.At) || !a.Deadline.Equal(time.Unix(2, 0)) {
		t.Errorf("the arrival is %+v", a)
	}
	var moved *run.StateError
	if err := db.CompleteArrival(t.Context(), complete); !errors.As(err, &moved) {
		t.Errorf("it ends twice: %v", err)
	}
}

// An association whose objects belong to studies only is in no list, and can
// become an arrival of its own with all that it brought.
func TestAssociationOfGroups(t *testing.T) {
	db := open(t)
	part, group := associate(t, db, flow.NoRule, "1", "1.1", "1.2")
	both, _ := associate(t, db, flow.ByAssociation, "1", "1.3")
	open, err := db.Associations(t.Context())
	check(t, err)
	want := []run.Content{{Arrival: part, Rule: flow.NoRule, Shared: true}, {Arrival: both, Shared: true}}
	for i := range open {
		open[i].Seq = 0
	}
	if diff := cmp.Diff(want, open); diff != "" {
		t.Errorf("open associations (-want +got):\n%s", diff)
	}
	listed := func() (ids []run.ArrivalID) {
		all, err := db.Arrivals(t.Context(), ArrivalFilter{Part: Part{AtMost: 10}})
		check(t, err)
		for _, a := range all {
			ids = append(ids, a.ID)
		}
		return ids
	}
	if diff := cmp.Diff([]run.ArrivalID{both, group}, listed()); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	if files, err := db.Recorded(t.Context(), part); err != nil || len(files) != 2 {
		t.Errorf("recorded files %v, %v", files, err)
	}
	err = db.CloseArrival(t.Context(), part, time.Now(), nil, nil, func(this run.Content, tries func() (run.Tries, error)) (run.Closing, error) {
		if this.Objects != 2 || this.Rule != flow.NoRule || !this.Shared {
			t.Errorf("the association is closed as %+v", this)
		}
		return toState(run.ArrivalIncomplete, true)(this, tries)
	})
	check(t, err)
	check(t, db.CloseArrival(t.Context(), both, time.Now(), nil, nil, toState(run.ArrivalComplete, false)))
	if got := len(instances(t, db, part)); got != 2 || len(listed()) != 3 {
		t.Errorf("the association has %d objects of its own; %d arrivals are listed", got, len(listed()))
	}
	a, err := db.Arrival(t.Context(), string(group))
	if err != nil || a.Objects != 3 || len(a.Senders) != 1 {
		t.Errorf("the study has %d objects of %d senders (%v)", a.Objects, len(a.Senders), err)
	}
}

// Of a study that is sent again and again, what is read for an object is as much
// after years as on the first day: of each rule and state the newest arrival.
func TestGroupsOfManyArrivals(t *testing.T) {
	db := openUntold(t)
	bySeries := flow.Complete{On: flow.OnSeries}.Rule()
	for _, times := range []int{1, 300} {
		check(t, db.update(t.Context(), func(tx *transaction) error {
			var want, got []run.ArrivalID
			for range times {
				want = []run.ArrivalID{
					arrivalOf(t, tx, "1.1", byStudy, run.ArrivalMatched),
					arrivalOf(t, tx, "1.1", byStudy, run.ArrivalIgnored),
					arrivalOf(t, tx, "1.1", bySeries, run.ArrivalIgnored),
					arrivalOf(t, tx, "1.1", byStudy, run.ArrivalReceiving),
				}
				arrivalOf(t, tx, "1.2", byStudy, run.ArrivalMatched)
			}
			groups, err := groupsOf(tx, []dcm.UID{"9.9", "1.1"})
			for _, a := range groups["1.1"] {
				got = append(got, a.ID)
			}
			if diff := cmp.Diff(want, got); diff != "" || len(groups) != 1 {
				t.Errorf("sent %d times, arrivals of %d UIDs: %s", times, len(groups), diff)
			}
			return err
		}))
	}
}

func arrivalOf(t *testing.T, tx *transaction, uid dcm.UID, rule flow.Rule, state run.ArrivalState) run.ArrivalID {
	t.Helper()
	id := run.NewArrivalID()
	_, err := tx.Exec("INSERT INTO arrival (id, state, calling_ae, called_ae, address, opened, rule, uid) VALUES (?, ?, '', '', '', 0, ?, ?)",
		id, state, rule, uid)
	check(t, err)
	return id
}
