package bash

import (
	"os/exec"
	"strings"
	"testing"
)

func TestQuote(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "plain", "it's", "'", "a b\tc", "$HOME `id` $(id) \\", "*?[a]{b,c}~!#", "-n", "two\nlines\n", "\r", "a\r\nb", "\xff\x01é"} {
		word := Quote(text)
		if strings.Contains(word, "\r") {
			t.Errorf("%q: the word %q has a carriage return", text, word)
		}
		said, err := exec.Command("bash", "-c", "printf '%s' "+word).Output()
		if err != nil || string(said) != text {
			t.Errorf("%q: bash reads %q as %q (%v)", text, word, said, err)
		}
	}
}
