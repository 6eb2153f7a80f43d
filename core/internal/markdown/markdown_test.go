package markdown

import (
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"nothing":               {"", ""},
		"one line":              {"  one \n two ", "one two"},
		"80 columns":            {strings.Repeat("x", 40) + " " + strings.Repeat("y", 39), strings.Repeat("x", 40) + " " + strings.Repeat("y", 39)},
		"81 columns":            {strings.Repeat("x", 40) + " " + strings.Repeat("y", 40), strings.Repeat("x", 40) + "\n" + strings.Repeat("y", 40)},
		"letters, not bytes":    {strings.Repeat("ä", 40) + " " + strings.Repeat("ö", 39), strings.Repeat("ä", 40) + " " + strings.Repeat("ö", 39)},
		"a word that is longer": {"a " + strings.Repeat("x", 90) + " b", "a\n" + strings.Repeat("x", 90) + "\nb"},
		"code is one word":      {strings.Repeat("x", 75) + " (`a b c`):", strings.Repeat("x", 75) + "\n(`a b c`):"},
		"a mark without an end": {"a ` b", "a ` b"},
	} {
		if got := Wrap(test.text); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, test.want)
		}
	}
}

func TestCell(t *testing.T) {
	if got, want := Cell("a|b\nc"), `a\|b c`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
