package sdk

import "testing"

func TestSizesAreWrittenForPeople(t *testing.T) {
	for size, want := range map[Size][2]string{
		0:           {"0B", "0B"},
		1023:        {"1023B", "1023B"},
		1024:        {"1KiB", "1KiB"},
		1536:        {"1536B", "1.5KiB"},
		10<<20 - 1:  {"10485759B", "9.9MiB"},
		3 << 30:     {"3GiB", "3GiB"},
		1<<40 | 1:   {"1099511627777B", "1TiB"},
		2048 << 50:  {"2048PiB", "2048PiB"},
		1234567 * 3: {"3703701B", "3.5MiB"},
	} {
		if exact, rounded := size.String(), size.Rounded(); exact != want[0] || rounded != want[1] {
			t.Errorf("%d is written %q and %q, want %q", size, exact, rounded, want)
		}
	}
}
