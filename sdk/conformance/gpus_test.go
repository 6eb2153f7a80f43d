package conformance

import (
	"fmt"
	"regexp"
	"slices"
	"testing"
)

// Whatever the backend tells of its GPUs, a plugin that gives other ones than
// those assigned is noticed.
func TestGPUsOfOneAndWithoutNames(t *testing.T) {
	const exactly, none = "gpus/exactly as assigned", "gpus/none unless assigned"
	for _, test := range []struct {
		name, gpus, broken string
		want               []string
	}{
		{"one", `["GPU-a"]`, "", nil},
		{"one that is seen by all", `["GPU-a"]`, "all GPUs are seen", []string{none}},
		{"one that is not seen", `["GPU-a"]`, "no GPUs are seen", []string{exactly}},
		{"without UUIDs", `["", ""]`, "", nil},
		{"without UUIDs, all are seen", `["", ""]`, "all GPUs are seen", []string{exactly, none}},
		{"without UUIDs, none is seen", `["", ""]`, "no GPUs are seen", []string{exactly}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			suite := brokenSuite(t, test.broken)
			suite.Config = fmt.Appendf(nil, `{"dir": %q, "gpus": %s, "poll": "20ms"}`, t.TempDir(), test.gpus)
			suite.Only = regexp.MustCompile("^gpus/")
			var red []string
			if err := suite.Check(t.Context(), func(r Result) {
				if r.State != Passed {
					red = append(red, r.Name)
				}
			}); err != nil {
				t.Fatal(err)
			}
			if slices.Sort(red); !slices.Equal(red, test.want) {
				t.Errorf("turns %q red, want %q", red, test.want)
			}
		})
	}
}
