package core_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// replaced are ways to say things for which the glossary has one word. Only
// those are here that mean nothing else in a comment.
var replaced = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`\b(lend|lends|lending|lent)\b`), "lease, leased"},
	{regexp.MustCompile(`\b(give|gives|gave|given|giving) \w*\s?back\b`), "release, or return"},
	{regexp.MustCompile(`\blet(s|ting)? go of\b`), "release, or forget"},
	{regexp.MustCompile(`\b(take|takes|took|taken|taking) (it|them|\w+s) up\b|\b(takes?|took|taken) up (again|by|later)\b`), "resume, or reconcile"},
	{regexp.MustCompile(`\b(nobody|no one|no-one) (knows|can tell)\b`), "unknown"},
	{regexp.MustCompile(`\b(again|twice|more than once|ended|removed|unknown|runs) is nothing\b`), "is a no-op"},
	{regexp.MustCompile(`\bleft-overs?\b`), "leftover"},
	{regexp.MustCompile(`\bwell-meant\b`), "trusted"},
	{regexp.MustCompile(`\bhopeless\b`), "impossible, or missing"},
	{regexp.MustCompile(`\b(this|the) (only )?door to\b`), "way, or listener"},
}

// TestCommentsUseTheGlossary holds the words that docs/develop/glossary.md
// replaces out of the comments of core and sdk.
func TestCommentsUseTheGlossary(t *testing.T) {
	all := readTree(t)
	comments := 0
	for _, dir := range slices.Sorted(maps.Keys(all)) {
		if !inside(dir, "core", "sdk") {
			continue
		}
		for _, s := range all[dir] {
			if s.generated {
				continue
			}
			for _, group := range s.file.Comments {
				comments++
				text := strings.Join(strings.Fields(group.Text()), " ")
				for _, found := range wordsReplaced(text) {
					t.Errorf("%s: a comment says %s (docs/develop/glossary.md)", s.path, found)
				}
			}
		}
	}
	if comments < 1000 {
		t.Errorf("only %d comments were read: the test proves nothing", comments)
	}
}

// wordsReplaced names the words of a text that have a replacement, with it.
func wordsReplaced(text string) (found []string) {
	for _, r := range replaced {
		if said := r.pattern.FindString(text); said != "" {
			found = append(found, "“"+said+"”: say "+r.instead)
		}
	}
	return found
}

func TestReplacedWordsAreFound(t *testing.T) {
	for text, want := range map[string]string{
		"The GPUs that it was lent.":                    "lease",
		"Release gives back all that it has.":           "release",
		"It gives it back at the end.":                  "release",
		"Calling it again is nothing.":                  "no-op",
		"One that nobody knows is removed.":             "unknown",
		"It is taken up by the next agent.":             "resume",
		"It is not a left-over.":                        "leftover",
		"There is nothing to call.":                     "",
		"What they found is excellent; take up to ten.": "",
		"A backup gives background.":                    "",
	} {
		found := strings.Join(wordsReplaced(text), "; ")
		if want == "" && found != "" || !strings.Contains(found, want) {
			t.Errorf("%q: found %q, want %q", text, found, want)
		}
	}
}
