package lang

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// value reads a YAML text as plain values.
func value(t *testing.T, text string) any {
	t.Helper()
	n, d := ParseYAML(NewSource("f.yaml", []byte(text)))
	if len(d) > 0 {
		t.Fatalf("%s\n%v", text, d)
	}
	return d.Any(n)
}

func TestPlainValuesMeanWhatYAML11Means(t *testing.T) {
	tests := map[string]any{
		"": nil, "~": nil, "null": nil, `""`: "",
		"yes": true, "No": false, "on": true, "OFF": false, "True": true, "false": false, "y": "y", `"yes"`: "yes", "'no'": "no",
		"0": 0, "-12": -12, "+3": 3, "1_000": 1000, "0x1f": 31, "0b101": 5, "0o17": 15, "017": 15, "08": "08", "1.0": 1.0, "-.5": -0.5, "1e3": 1000.0, "6.02E+23": 6.02e23,
		"1.2.3": "1.2.3", "22:22": "22:22", "2024-01-01": "2024-01-01", "1:2": "1:2", "12ab": "12ab", "0x": "0x", ".": ".", "1e": "1e",
		"~FLAIR": "~FLAIR", "${X}": "${X}", `"${X} \n"`: "${X} \n", `'a''b'`: "a'b", `!!str 12`: "12", `!!int "12"`: 12,
		"|\n  a\n  b\n": "a\nb\n", ">-\n  a\n  b\n": "a b",
	}
	for text, want := range tests {
		if diff := cmp.Diff(want, value(t, text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// What aliases repeat counts each time.
func TestBytesAreCountedAfterAliases(t *testing.T) {
	text := "a: &a " + strings.Repeat("x", 900_000) + "\nb: [" + strings.Repeat("*a, ", 60) + "]\n"
	if _, d := ParseYAML(NewSource("f.yaml", []byte(text))); !d.HasErrors() || !strings.Contains(d[0].Summary, "4194304 bytes of text") || d[0].Range.Start.Line != 2 {
		t.Errorf("%v; want that it is too much, in line 2", d)
	}
}

func TestMergeKeysAndAliases(t *testing.T) {
	got := value(t, `
a: &a {x: 1, y: 2}
b: &b {y: 3, z: 4}
c: {<<: [*a, *b], x: 0}
d: {<<: *b}
e: *a
"<<": text
`)
	want := map[string]any{
		"a": map[string]any{"x": 1, "y": 2}, "b": map[string]any{"y": 3, "z": 4}, "c": map[string]any{"x": 0, "y": 2, "z": 4},
		"d": map[string]any{"y": 3, "z": 4}, "e": map[string]any{"x": 1, "y": 2}, "<<": "text",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPlacesOfValues(t *testing.T) {
	const text = "k: \"é\" \nlist: [a, 'it''s', \"x\\ty\"]\nmap:\n  inner: |\n    text\n"
	n, d := ParseYAML(NewSource("f.yaml", []byte(text)))
	if len(d) > 0 {
		t.Fatal(d)
	}
	for path, want := range map[string]Range{
		"k":         {Start: Pos{1, 4}, End: Pos{1, 7}},
		"list 0":    {Start: Pos{2, 8}, End: Pos{2, 9}},
		"list 1":    {Start: Pos{2, 11}, End: Pos{2, 18}},
		"list 2":    {Start: Pos{2, 20}, End: Pos{2, 26}},
		"map inner": {Start: Pos{4, 10}, End: Pos{4, 11}},
	} {
		got, _, steps := n.Find(strings.Fields(path))
		if got.Start != want.Start || got.End != want.End || steps != len(strings.Fields(path)) {
			t.Errorf("%s is at %v-%v, want %v-%v", path, got.Start, got.End, want.Start, want.End)
		}
	}
	if _, key, _ := n.Find([]string{"map", "inner"}); key.Start != (Pos{4, 3}) {
		t.Errorf("the key is at %v", key.Start)
	}
}

func TestWhatIsTooMuchIsRefused(t *testing.T) {
	tests := map[string]string{
		"deep":  strings.Repeat("[", 200) + strings.Repeat("]", 200),
		"long":  strings.Repeat("a: b\n", 1<<18),
		"wide":  "[" + strings.Repeat("1,", maxYAMLNodes+1) + "]",
		"laugh": laughs(12),
		"bytes": "a: \xff\xfe",
		"self":  "&a {b: *a}",
		"tag":   "!!python/object:os.system x",
	}
	for name, text := range tests {
		if _, d := ParseYAML(NewSource("f.yaml", []byte(text))); !d.HasErrors() {
			t.Errorf("%s was accepted", name)
		}
	}
}

// laughs is a text of n lines that means 10 to the power of n values.
func laughs(n int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 x\n")
	for i := 1; i <= n; i++ {
		line := strings.Repeat("*a"+string(rune('0'+(i-1)%10))+",", 10)
		b.WriteString("b" + strings.Repeat("x", i) + ": &a" + string(rune('0'+i%10)) + " [" + line + "]\n")
	}
	return b.String()
}

func TestDiagnosticsAsJSON(t *testing.T) {
	_, d := ParseYAML(NewSource("f.yaml", []byte("a: 1\na: 2\n")))
	got, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"severity":"error","file":"f.yaml","line":2,"column":1,"end_line":2,"end_column":2,"summary":"a is there twice","hint":"it stands in line 1 already; remove one of them","source":"a: 2"}]`
	if string(got) != want {
		t.Errorf("%s", got)
	}
	if err := d.Err(); err == nil || err.Error() != "f.yaml:2:1: error: a is there twice; it stands in line 1 already; remove one of them" {
		t.Errorf("%v", err)
	}
}

func TestDurationsAndSizes(t *testing.T) {
	durations := map[string]string{"90": "1m30s", "1.5": "1.5s", "30m": "30m0s", "1h30m": "1h30m0s", "90d": "2160h0m0s", "0": "0s"}
	for text, want := range durations {
		var d Diagnostics
		if got, ok := d.Duration(&Node{Kind: Scalar, Text: text}, "t"); !ok || got.String() != want {
			t.Errorf("%s = %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"-1", "soon", "1e300", "-5m", "", "d", "99999999h"} {
		var d Diagnostics
		if got, ok := d.Duration(&Node{Kind: Scalar, Text: text}, "t"); ok {
			t.Errorf("%s = %s", text, got)
		}
	}
	sizes := map[string]int64{"1000": 1000, "2g": 2 << 30, "512M": 512 << 20, "10GiB": 10 << 30, "1kb": 1024, "64b": 64, "1.5m": 3 << 19}
	for text, want := range sizes {
		var d Diagnostics
		if got, ok := d.Size(&Node{Kind: Scalar, Text: text}, "s"); !ok || got != want {
			t.Errorf("%s = %d, want %d", text, got, want)
		}
	}
	for _, text := range []string{"-1", "2 gallons", "", "g", "99999999999999g"} {
		var d Diagnostics
		if got, ok := d.Size(&Node{Kind: Scalar, Text: text}, "s"); ok {
			t.Errorf("%s = %d", text, got)
		}
	}
}

func FuzzParseYAML(f *testing.F) {
	f.Add([]byte("a: &a [1, {<<: *a}]\nb: !!str 2\n--- x\n"))
	f.Add([]byte("\"a\\x41\": 'it''s' # c\n? [x]\n: |2\n  y\n"))
	f.Add([]byte(laughs(5)))
	f.Fuzz(func(t *testing.T, text []byte) {
		n, d := ParseYAML(NewSource("f.yaml", text))
		if n == nil && !d.HasErrors() {
			t.Fatal("nothing, and no error")
		}
		for _, one := range d {
			_ = one.Render()
		}
		if n != nil {
			_ = d.Any(n)
		}
	})
}
