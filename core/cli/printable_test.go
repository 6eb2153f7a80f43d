package cli

import (
	"bytes"
	"testing"
)

// What others had a hand in reaches the terminal as characters only.
func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain, Ä, 東京\tand\nlines": "plain, Ä, 東京\tand\nlines",
		"\x1b[31mred\x1b[0m":       `\x1b[31mred\x1b[0m`,
		"back\b\r\x07":             `back\b\r\a`,
		"C1: \u009b31m\u0085":      `C1: \u009b31m\u0085`,
		"turned \u202e about":      `turned \u202e about`,
		"\xc0\xb3 bytes\x7f\x00":   `\xc0\xb3 bytes\x7f\x00`,
		"":                         "",
	} {
		if got := printable(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

// Tables and complaints are printable, whoever wrote what is in them.
func TestNothingRawReachesTheTerminal(t *testing.T) {
	var out bytes.Buffer
	b := base{out: &out, errs: &out}
	b.table([][]string{{"A\x1b[2J", "B"}, {"C", "D\x9b"}})
	b.usage("what is %s", "\x1b]0;title\x07")
	if bytes.ContainsAny(out.Bytes(), "\x1b\x07\x9b") {
		t.Errorf("raw: %q", out.String())
	}
}
