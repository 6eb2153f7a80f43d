package run

import "testing"

func TestAttemptIDsAreSplit(t *testing.T) {
	of := NewID()
	if run, model, number, ok := AttemptOf(of, 3, 12).Split(); run != of || model != 3 || number != 12 || !ok {
		t.Error(run, model, number, ok)
	}
	for _, id := range []AttemptID{"", "x", "1-2", "draft", "r-a-1", "r-1-a", "r-01-1", "r-1-+1", "../x-1"} {
		if run, _, _, ok := id.Split(); ok {
			t.Errorf("%q is of run %q", id, run)
		}
	}
}
