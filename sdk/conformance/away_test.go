package conformance

import (
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/sdk/fake"
)

// Where the backend is away, what needs none is asked all the same, and the rest
// says why it was not.
func TestWithoutABackend(t *testing.T) {
	t.Parallel()
	s := brokenSuite(t, "")
	s.Config = s.Absent
	s.Patience = s.Patience / 10
	s.instead = func() plugin { return fake.Launch("") }
	states := map[State][]string{}
	err := s.Check(t.Context(), func(r Result) { states[r.State] = append(states[r.State], r.Name) })
	if err == nil || !strings.Contains(err.Error(), "undetected") {
		t.Errorf("error %v, want that the backend is undetected", err)
	}
	if len(states[Failed])+len(states[NotOffered]) > 0 {
		t.Errorf("failed %v, not offered %v", states[Failed], states[NotOffered])
	}
	passed := strings.Join(states[Passed], "\n")
	for _, want := range []string{"describe/is instant", "describe/is the same each time", "describe/to the agent alone", "config/what is no object is refused",
		"config/unknown words are refused with a path", "config/is taken without a backend", "fingerprint/absent backend is undetected"} {
		if !strings.Contains(passed, want) {
			t.Errorf("%s did not pass", want)
		}
	}
	if n := len(states[Passed]) + len(states[NotAsked]); n != len(Cases()) || len(states[NotAsked]) < 80 {
		t.Errorf("%d cases passed and %d were not asked, of %d", len(states[Passed]), len(states[NotAsked]), len(Cases()))
	}
}
