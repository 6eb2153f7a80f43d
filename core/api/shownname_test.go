package api

import "testing"

// Names in any bytes can be told apart in JSON, which has no bytes that are not
// UTF-8.
func TestShownName(t *testing.T) {
	for name, want := range map[string]string{
		"dst/seg 1.dcm": "dst/seg 1.dcm",
		"dst/größe":     "dst/größe",
		"dst/\xff.dcm":  `"dst/\xff.dcm"`,
		"dst/\xfe.dcm":  `"dst/\xfe.dcm"`,
		"dst/a\nb":      `"dst/a\nb"`,
		"dst/\x1b[2J":   `"dst/\x1b[2J"`,
	} {
		if got := shownName(name); got != want {
			t.Errorf("%q is shown as %s, want %s", name, got, want)
		}
	}
}
