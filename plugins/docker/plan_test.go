package docker

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/sdk/engine"
)

// A container that an earlier version made has statics that were copied into
// volumes already, and told so by a word: its outputs are copied out all the same.
func TestPlanOfAnEarlierVersion(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]plan{
		`{"timeout":5,"out":[{"host":"/h","container":"/c"}],"statics":true}`: {Out: []transfer{{Host: "/h", Container: "/c"}}},
		`{"statics":[{"host":"/h","container":"/c","volume":"v"}]}`:           {Statics: statics{{Host: "/h", Container: "/c", Volume: "v"}}},
	} {
		got, err := planOf(engine.Container{Labels: map[string]string{labelPlan: text}})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", text, err, diff)
		}
	}
}
