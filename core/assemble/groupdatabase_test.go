package assemble_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// nobody has no association open.
type nobody struct{}

func (nobody) Open(run.ArrivalID) bool      { return false }
func (nobody) Released(run.ArrivalID) bool  { return false }
func (nobody) Sending(dcm.UID) []run.Sender { return nil }

// grouped is a site whose studies are complete at once, at least when somebody
// looks.
func grouped(t *testing.T, rules ...flow.Complete) *site {
	t.Helper()
	s := newSite(t)
	s.Rules = func() (all []flow.Rule) {
		for _, c := range rules {
			all = append(all, c.Rule())
		}
		return all
	}
	return s
}

// from has an association of a sender come and go with objects of a study.
func (s *site) from(ae dcm.AETitle, study dcm.UID, instances ...dcm.UID) {
	s.Helper()
	a := run.Arrival{ID: run.NewArrivalID(), Sender: run.Sender{CallingAE: ae, CalledAE: "RADDEPLOY", Address: "10.0.0.7"}, Opened: time.Now()}
	check(s.T, s.Open(s.Context(), a))
	var objects []run.Object
	for i, instance := range instances {
		objects = append(objects, run.Object{
			File: fmt.Sprintf("%s/%d.dcm", a.ID, i), SOPInstanceUID: instance, StudyUID: study, SeriesUID: study + ".9", Size: int64(i), Received: time.Now(),
		})
	}
	check(s.T, s.Released(s.Context(), a.ID, objects))
}

// groups waits until n arrivals of the database wait no more, and returns all
// that are seen, oldest first.
func (s *site) groups(n int) []run.Arrival {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), time.Minute)
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			arrivals, err := s.db.Arrivals(ctx, state.ArrivalFilter{Part: state.Part{AtMost: 100}})
			waits := func(a run.Arrival) bool { return a.State == run.ArrivalReceiving }
			if err == nil && len(arrivals) == n && !slices.ContainsFunc(arrivals, waits) {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		cancel()
	}()
	check(s.T, s.Assembler.Run(ctx, nobody{}))
	arrivals, err := s.db.Arrivals(s.Context(), state.ArrivalFilter{Part: state.Part{AtMost: 100}})
	check(s.T, err)
	slices.Reverse(arrivals)
	return arrivals
}

// On the real database: two senders of a study make one arrival that names both,
// and lists show it and not its associations. What comes later makes a revision
// with all objects.
func TestStudyOnTheDatabase(t *testing.T) {
	s := grouped(t, flow.Complete{On: flow.OnStudy, Idle: time.Millisecond})
	s.from("CT1", "1", "1.1", "1.2")
	s.from("CT1", "1", "1.3")
	s.from("MR1", "1", "1.4")
	first := s.groups(1)[0]
	if first.State != run.ArrivalComplete || first.Objects != 4 || first.UID != "1" || first.Rule.On() != flow.OnStudy || first.Revision != 1 {
		t.Errorf("the arrival is %+v", first)
	}
	want := []run.Sender{{CallingAE: "CT1", CalledAE: "RADDEPLOY", Address: "10.0.0.7"}, {CallingAE: "MR1", CalledAE: "RADDEPLOY", Address: "10.0.0.7"}}
	if diff := cmp.Diff(want, first.Senders); diff != "" {
		t.Errorf("senders (-want +got):\n%s", diff)
	}
	if first.Completion != "no object came for 1ms" || first.Completed.IsZero() {
		t.Errorf("it is complete because %q, at %s", first.Completion, first.Completed)
	}
	s.from("TPS", "1", "1.5")
	s.from("CT1", "2", "2.1")
	all := s.groups(3)
	again := all[1]
	if again.Previous != first.ID || again.Revision != 2 || again.Objects != 5 || len(again.Senders) != 3 {
		t.Errorf("the revision is %+v", again)
	}
	if got := s.instances(again.ID); len(got) != 5 {
		t.Errorf("the revision holds %v", got)
	}
	if all[2].UID != "2" || all[2].Revision != 1 || all[2].Previous != "" {
		t.Errorf("another study's arrival is %+v", all[2])
	}
}

// A held revision is superseded by the next one, which has its objects. Rows that
// are at rest have no timer.
func TestHeldRevisionOnTheDatabase(t *testing.T) {
	s := grouped(t, flow.Complete{On: flow.OnStudy, Idle: time.Millisecond, Late: flow.LateHold})
	s.from("CT1", "1", "1.1")
	s.groups(1)
	s.from("CT1", "1", "1.2")
	s.groups(2)
	s.from("CT1", "1", "1.3")
	all := s.groups(3)
	for i, want := range []run.ArrivalState{run.ArrivalComplete, run.ArrivalSuperseded, run.ArrivalIncomplete} {
		if all[i].State != want || all[i].Objects != i+1 {
			t.Errorf("arrival %d is %s with %d objects, want %s with %d", i, all[i].State, all[i].Objects, want, i+1)
		}
	}
	due, next, err := s.db.Due(t.Context(), time.Now().Add(1000*time.Hour))
	if err != nil || len(due) > 0 || !next.IsZero() {
		t.Errorf("%d arrivals are due, the next at %s (%v)", len(due), next, err)
	}
}

// An incomplete arrival of a study is not what an aborted association left: the
// sender's next association does not take its objects.
func TestHeldRevisionIsNoTry(t *testing.T) {
	s := grouped(t, flow.Complete{}, flow.Complete{On: flow.OnStudy, Idle: time.Millisecond, Late: flow.LateHold})
	s.from("CT1", "1", "1.1")
	s.groups(2)
	s.from("CT1", "1", "1.2")
	s.groups(4)
	s.from("CT1", "1", "1.2")
	for _, a := range s.groups(6) {
		if a.Rule == flow.ByAssociation && a.Objects != 1 {
			t.Errorf("an association has %d objects", a.Objects)
		}
	}
}
