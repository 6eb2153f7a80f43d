package run

import "testing"

func TestRoles(t *testing.T) {
	for _, test := range []struct {
		has, needed Role
		may         bool
	}{
		{Viewer, Viewer, true},
		{Viewer, Operator, false},
		{Operator, Viewer, true},
		{Operator, Admin, false},
		{Admin, Operator, true},
		{"", Viewer, false},
		{"root", Viewer, false},
		{Admin, "", false},
	} {
		if got := test.has.May(test.needed); got != test.may {
			t.Errorf("%q may what %q may: %v", test.has, test.needed, got)
		}
	}
}
