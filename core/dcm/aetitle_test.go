package dcm

import (
	"strings"
	"testing"
)

// Whatever bytes a peer has for a title, it becomes printable ASCII from which
// the same bytes come again.
func TestAETitlesOfPeers(t *testing.T) {
	for _, test := range []struct {
		wire string
		want AETitle
	}{
		{"CT1             ", "CT1"},
		{"  CT 1", "CT 1"},
		{"CT1\x00\x00", "CT1"},
		{"\xC0\xB3`I\xFC\x7F", `\xC0\xB3` + "`I" + `\xFC\x7F`},
		{"A\x1B[31m", `A\x1B[31m`},
		{"A\tB\nC", `A\x09B\x0AC`},
		{`A\B`, `A\x5CB`},
		{`\xC0`, `\x5CxC0`},
		{"", ""},
	} {
		got := ReadAETitle(test.wire)
		if got != test.want {
			t.Errorf("title %q of %q, want %q", got, test.wire, test.want)
		}
		if wire := strings.Trim(test.wire, " \x00"); got.Wire() != wire {
			t.Errorf("title %q is sent as %q, and came as %q", got, got.Wire(), wire)
		}
		if got == "" {
			continue
		}
		if parsed, err := ParseAETitle(string(got)); err != nil || parsed != got {
			t.Errorf("a site that names %q means %q: %v", got, parsed, err)
		}
	}
	for _, wrong := range []string{"", "   ", "a title of 17 chr", "tab\there", `A\B`, `\xZZ`, "Ä"} {
		if title, err := ParseAETitle(wrong); err == nil {
			t.Errorf("%q is taken for the title %q", wrong, title)
		}
	}
}
