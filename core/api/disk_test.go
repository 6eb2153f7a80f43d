package api

import "testing"

// A disk that is full is not one of which nothing is known.
func TestDiskWhenFull(t *testing.T) {
	for _, test := range []struct {
		name  string
		disk  Disk
		days  int
		known bool
	}{
		{"not looked at", Disk{}, 0, false},
		{"nothing came", Disk{Free: 50, Total: 100, Reserve: 10}, 0, false},
		{"below its reserve, nothing came", Disk{Free: 5, Total: 100, Reserve: 10}, 0, true},
		{"within a day", Disk{Free: 50, Total: 100, Reserve: 10, PerDay: 41}, 0, true},
		{"in four days", Disk{Free: 50, Total: 100, Reserve: 10, PerDay: 10}, 4, true},
	} {
		if days, known := test.disk.WhenFull(); days != test.days || known != test.known {
			t.Errorf("%s: %d, %t", test.name, days, known)
		}
	}
}
