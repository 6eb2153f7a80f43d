package flow

import (
	"errors"
	"strings"
	"testing"
)

func TestPatternsMeanWhatPythonMeans(t *testing.T) {
	tests := []struct {
		pattern, value string
		want           bool
	}{
		{"CT", "CT", true},
		{"CT", "PET/CT", true}, // search, not full match
		{"CT", "ct", false},
		{"(?i)rt", "Brain RT", true},
		{"Head|Neck|Brain", "Neck Contrast", true},
		{"~FLAIR", "T2 FLAIR", true}, // Found ignores the exclusion mark
		{`\~x`, "~x", true},
		{`^A{,2}B$`, "AAB", true},
		{`^A{,2}B$`, "AAAB", false},
		{`[{,2}]`, ",", true}, // in a class it is four characters
		{`CT\Z`, "CT", true},
		{`CT\Z`, "CT\n", false},
		{`(?P<a>x)(?P=a)`, "xx", true},
		{`(?P<a>x)(?P=a)`, "xy", false},
		{`(?u)é`, "é", true},
		{`(?ai:RT)`, "rt", true},
		{`^(?!.*FLAIR).*T2`, "T2 TSE", true},
		{`^(?!.*FLAIR).*T2`, "T2 FLAIR", false},
		{`(?<=T)2`, "T2", true},
		{`(\w)\1`, "aa", true},
		{`\u00e9`, "é", true},
		{`[]x]+$`, "]]", true},
		{`[^]]`, "]", false},
		{"", "anything", true},
	}
	for _, test := range tests {
		p, err := CompilePattern(test.pattern)
		if err != nil {
			t.Errorf("%q: %v", test.pattern, err)
			continue
		}
		if got, err := p.Found(test.value); err != nil || got != test.want {
			t.Errorf("%q in %q = %t, %v, want %t", test.pattern, test.value, got, err, test.want)
		}
		if p.Exclude != strings.HasPrefix(test.pattern, "~") {
			t.Errorf("%q: exclude = %t", test.pattern, p.Exclude)
		}
	}
}

func TestPatternErrorsPointAtTheFault(t *testing.T) {
	tests := []struct{ pattern, reason, at string }{
		{"Head(", "missing closing )", ""},
		{"~a**b", "invalid nested repetition operator", "**"},
		{"x[z-a]", "invalid character class range", "z-a"},
		{strings.Repeat("a", 5000), "it is longer than 4096 bytes", ""},
	}
	for _, test := range tests {
		_, err := CompilePattern(test.pattern)
		var e *PatternError
		if !errors.As(err, &e) {
			t.Errorf("%q: %v, want a PatternError", test.pattern, err)
			continue
		}
		if at := test.pattern[e.Offset : e.Offset+e.Length]; e.Reason != test.reason || at != test.at {
			t.Errorf("%q: %q at %q, want %q at %q", test.pattern, e.Reason, at, test.reason, test.at)
		}
	}
}

func TestPatternGivesUp(t *testing.T) {
	p, err := CompilePattern(`^(?=(a+)+$)(a+)+b`)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Backtracks() {
		t.Fatal("look-ahead was given to RE2")
	}
	if _, err := p.Found(strings.Repeat("a", 40) + "!"); !errors.Is(err, ErrPatternTimeout) {
		t.Errorf("error = %v, want a timeout", err)
	}
}

func FuzzCompilePattern(f *testing.F) {
	for _, s := range []string{"CT", "~(?i)rt", `(?P<a>x)(?P=a)`, `[^]]{,3}\Z`, "(?aiu:x)", `(?!a)`} {
		f.Add(s, "value")
	}
	f.Fuzz(func(t *testing.T, pattern, value string) {
		p, err := CompilePattern(pattern)
		if err != nil {
			var e *PatternError
			if !errors.As(err, &e) || e.Offset+e.Length > len(pattern) {
				t.Errorf("%q: bad error %#v", pattern, err)
			}
			return
		}
		_, _ = p.Found(value)
	})
}
