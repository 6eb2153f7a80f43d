package shim

import "testing"

func TestParseCPUs(t *testing.T) {
	for list, want := range map[string]int{"0": 1, "0-3": 4, "0-1, 5": 3, "7-7": 1, "": 0, "-": 0, "3-1": 0, "a": 0, "0,": 0, "99999": 0, "0-1023": 1024} {
		set, err := ParseCPUs(list)
		if (err == nil) != (want > 0) || err == nil && set.Count() != want {
			t.Errorf("%q: %d CPUs, error %v, want %d", list, set.Count(), err, want)
		}
	}
}
