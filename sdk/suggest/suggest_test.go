package suggest

import (
	"fmt"
	"testing"
)

func TestNearest(t *testing.T) {
	known := []string{"name", "timeout", "docker_kwargs", "input_mounts", "gpu", "größe", ""}
	for word, want := range map[string]string{
		"nmae": "name", "tiemout": "timeout", "dockerKwargs": "docker_kwargs", "input-mounts": "input_mounts", "imput_mount": "input_mounts",
		"NAME": "name", "gpus": "gpu", "grösse": "größe", "colour": "", "x": "", "": "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

// Of many words, one that is as far away is near by chance.
func TestNearestOfMany(t *testing.T) {
	known := []string{"timeout"}
	if got := Nearest("timxxt", known); got != "timeout" {
		t.Errorf("of one: %q", got)
	}
	for i := range many {
		known = append(known, fmt.Sprintf("%020d", i))
	}
	if got := Nearest("timxxt", known); got != "" {
		t.Errorf("of many: %q", got)
	}
	if got := Nearest("timeoot", known); got != "timeout" {
		t.Errorf("one letter of many: %q", got)
	}
}

func TestHint(t *testing.T) {
	for word, want := range map[string]string{"nmae": "did you mean name?", "colour": "remove it"} {
		if got := Hint(word, []string{"name"}, "remove it"); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "ab", 2}, {"ab", "", 2}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"ab", "ba", 2}, {"größe", "grosse", 3}} {
		if got := editDistance(test.a, test.b); got != test.want {
			t.Errorf("%q to %q: %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
