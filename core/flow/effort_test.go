package flow

import (
	"errors"
	"strings"
	"testing"
)

// A flow whose patterns have cost too much is asked no further pattern that may
// cost more; those in linear time are.
func TestEffortIsLimited(t *testing.T) {
	costly, linear := compiled(t, "(?=a)a"), compiled(t, "a")
	for spent, want := range map[Effort]error{{}: nil, {spent: maxEffort}: ErrPatternTimeout} {
		if found, err := spent.Found(&costly, "a"); !errors.Is(err, want) || found != (want == nil) {
			t.Errorf("%v spent: %t, %v; want %v", spent, found, err, want)
		}
		if found, err := spent.Found(&linear, "a"); !found || err != nil {
			t.Errorf("%v spent, in linear time: %t, %v", spent, found, err)
		}
	}
	e := Effort{}
	if _, err := e.Found(&costly, strings.Repeat("b", 1000)); err != nil || e.spent == 0 {
		t.Errorf("%v spent on a value, %v", e.spent, err)
	}
}

// RE2's time is that of the pattern, once its repeats are written out, times that of
// the value.
func TestRepeatsThatMultiply(t *testing.T) {
	var wrong *PatternError
	if _, err := CompilePattern("(" + strings.Repeat("[ab]c?", 100) + "){1000}"); !errors.As(err, &wrong) || !strings.Contains(wrong.Reason, "multiply") {
		t.Errorf("%v; want that the pattern is too large", err)
	}
	large := compiled(t, "(?:[ab]c?){900}x")
	for value, want := range map[string]error{strings.Repeat("a", 100): nil, strings.Repeat("a", 1<<20): ErrPatternTimeout} {
		if found, err := large.Found(value); found || !errors.Is(err, want) {
			t.Errorf("a value of %d bytes: %t, %v; want %v", len(value), found, err, want)
		}
	}
}

func compiled(t *testing.T, text string) Pattern {
	t.Helper()
	p, err := CompilePattern(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
