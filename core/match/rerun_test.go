package match

import (
	"slices"
	"testing"

	"github.com/raddeploy/raddeploy/core/run"
)

// A run by hand works on what its flow's triggers select or, if the flow does not
// trigger, on all that arrived. Nothing is recorded by this.
func TestRerun(t *testing.T) {
	s := &story{T: t, store: newStore(), headers: map[string]header{}}
	s.process()
	s.force([]string{"seg:CT", "other:MR", "none:CT"})
	s.inForce[2].Matcher.Triggers = nil
	s.arrival("A", []string{"CT", "PT", "CT"})
	for i, want := range [][]int64{{1, 3}, {1, 2, 3}, {1, 2, 3}} {
		r, tasks, err := s.Rerun(t.Context(), run.Arrival{ID: "A"}, s.inForce[i])
		if err != nil || r.Flow != s.inForce[i].Flow.Name || len(tasks) != 1 {
			t.Fatalf("%+v %v %v", r, tasks, err)
		}
		if !slices.Equal(r.Objects, want) {
			t.Errorf("flow %s works on objects %v, want %v", r.Flow, r.Objects, want)
		}
	}
	s.arrival("empty", nil)
	if _, _, err := s.Rerun(t.Context(), run.Arrival{ID: "empty"}, s.inForce[0]); err == nil {
		t.Error("a run is made of an arrival without objects")
	}
	if events := s.take(); events != "" {
		t.Errorf("something was recorded: %s", events)
	}
	s.do([]string{"fail", "Objects"})
	if _, _, err := s.Rerun(t.Context(), run.Arrival{ID: "A"}, s.inForce[0]); err == nil {
		t.Error("a run is made though the objects cannot be read")
	}
}
