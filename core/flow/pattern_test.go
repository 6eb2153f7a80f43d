package flow

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

// pythonCase is what Python's re said; testdata/patterns.py asked it.
type pythonCase struct {
	Pattern, Value string
	Found          bool
	Error          string
	Position       int
}

func pythonCases(t testing.TB) []pythonCase {
	t.Helper()
	text, err := os.ReadFile("testdata/patterns.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []pythonCase }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) < 60 {
		t.Fatalf("testdata/patterns.json has %d cases", len(file.Cases))
	}
	return file.Cases
}

func TestPatternsMeanWhatPythonMeans(t *testing.T) {
	for _, test := range pythonCases(t) {
		p, err := CompilePattern(test.Pattern)
		if test.Error != "" {
			var e *PatternError
			switch {
			case !errors.As(err, &e):
				t.Errorf("%q: %v; Python says %s", test.Pattern, err, test.Error)
			case e.Length == 0 || test.Position < e.Offset || test.Position > e.Offset+e.Length:
				t.Errorf("%q: %q is at %d, %d bytes; Python says %s at %d", test.Pattern, e.Reason, e.Offset, e.Length, test.Error, test.Position)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v; Python takes it", test.Pattern, err)
			continue
		}
		if got, err := p.Found(test.Value); err != nil || got != test.Found {
			t.Errorf("%q in %q = %t, %v; Python says %t", test.Pattern, test.Value, got, err, test.Found)
		}
	}
}

func TestBothEnginesAgree(t *testing.T) {
	for _, test := range pythonCases(t) {
		p, err := CompilePattern(test.Pattern)
		if err != nil || p.linear == nil || p.back == nil || p.trouble.with(test.Value) {
			continue
		}
		back, err := p.back.MatchString(test.Value)
		if err != nil || back != test.Found {
			t.Errorf("%q in %q: the backtracking engine says %t, %v", test.Pattern, test.Value, back, err)
		}
	}
}

func TestOrdinaryPatternsTakeLinearTime(t *testing.T) {
	for text, linear := range map[string]bool{
		"Head|Neck|Brain": true, "(?i)^CT$": true, `\bRT\b`: true, `^(a+)+$`: true, `[^\W\d]{,3}`: true, "(?P<name>x)": true,
		"(?=a)a": false, `(a)\1`: false, "a++": false, "^(a{1000}){1000}$": false,
	} {
		p, err := CompilePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		if p.Backtracks() == linear {
			t.Errorf("%q: backtracks is %v", text, !linear)
		}
	}
}

func TestTildeExcludes(t *testing.T) {
	for text, want := range map[string]bool{"~FLAIR": true, `\~FLAIR`: false, "FLAIR": false, "~~FLAIR": true} {
		p, err := CompilePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		if p.Exclude != want {
			t.Errorf("%q: exclude = %t", text, p.Exclude)
		}
	}
	p, err := CompilePattern("~(?i)flair") // flags stand at the start of what is behind it
	if err != nil {
		t.Fatal(err)
	}
	if found, err := p.Found("T2 FLAIR"); !found || err != nil {
		t.Errorf("found = %v, %v", found, err)
	}
}

func TestPatternErrorsPointAtTheFault(t *testing.T) {
	tests := []struct{ pattern, reason, at string }{
		{"Head(", "missing )", "("},
		{"~a**b", "multiple repeat", "*"},
		{"~Head(?i)", "move them there", "(?i)"},
		{"x[z-a]", "bad character range z-a", "z-a"},
		{`é\q`, `bad escape \q`, `\q`},
		{`\N{BULLET}`, "characters by name", `\N`},
		{"a{1,9999999}", "more than", "{1,9999999}"},
		{strings.Repeat("a", 5000), "it is longer than 4096 bytes", ""},
	}
	for _, test := range tests {
		_, err := CompilePattern(test.pattern)
		var e *PatternError
		if !errors.As(err, &e) {
			t.Errorf("%q: %v, want a PatternError", test.pattern, err)
			continue
		}
		if at := test.pattern[e.Offset : e.Offset+e.Length]; !strings.Contains(e.Reason, test.reason) || at != test.at {
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
	for _, s := range []string{"CT", "~(?i)rt", `(?P<a>x)(?P=a)`, `[^]]{,3}\Z`, "(?aiu:x)", `(?!a)`, `(?i)[i-\W]`, `(a)?(?(1)b|c)`, `\b\B$`} {
		f.Add(s, "value")
	}
	f.Fuzz(func(t *testing.T, pattern, value string) {
		p, err := CompilePattern(pattern)
		if err != nil {
			var e *PatternError
			if !errors.As(err, &e) || e.Offset < 0 || e.Length < 0 || e.Offset+e.Length > len(pattern) || strings.HasPrefix(e.Reason, "no engine") {
				t.Errorf("%q: bad error %#v", pattern, err)
			}
			return
		}
		_, _ = p.Found(value)
	})
}
