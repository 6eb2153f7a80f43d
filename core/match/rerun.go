package match

import (
	"context"
	"fmt"

	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/match/decide"
	"github.com/raddeploy/raddeploy/core/run"
)

// Rerun returns the run of a flow that an operator wants on an arrival, and the
// names of its tasks: on the objects that its triggers select or, if it does not
// trigger, on all. It is not recorded yet.
func (m *Matcher) Rerun(ctx context.Context, arrival run.Arrival, f *flowfile.Loaded) (run.Run, []string, error) {
	objects, err := m.Store.Objects(ctx, arrival.ID)
	if err != nil {
		return run.Run{}, nil, err
	}
	if len(objects) == 0 {
		return run.Run{}, nil, fmt.Errorf("arrival %s holds no object", arrival.ID)
	}
	candidates, studies, err := m.candidates(ctx, arrival, objects, []*flowfile.Loaded{f})
	if err != nil {
		return run.Run{}, nil, err
	}
	selected := wanted(decide.NewArrival(candidates).Match(f.Matcher))
	r, names := NewRun(f, objects, selected)
	r.Studies = studiesOf(studies, selected)
	return r, names, nil
}

// wanted returns the indexes of the objects that a run works on which is made by
// hand.
func wanted(result *decide.Result) []int {
	if result.Verdict == decide.Matched {
		return result.Selected
	}
	all := make([]int, result.Objects)
	for i := range all {
		all[i] = i
	}
	return all
}
