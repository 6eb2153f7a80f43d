package sdk

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestDecode(t *testing.T) {
	defaults := everything{Text: "a", Whole: -7, Real: 0.5, Flag: true, Time: 90 * time.Second, Size: 2 << 30, Inner: inner{N: 3}}
	with := func(change func(*everything)) everything {
		changed := defaults
		change(&changed)
		return changed
	}
	five := int64(5)
	for _, test := range []struct {
		name, json string
		want       everything
	}{
		{"nothing", ``, defaults},
		{"null", `null`, defaults},
		{"nulls are not given", `{"text": null, "inner": null, "words": null, "maybe": null}`, defaults},
		{"scalars", `{"text": "b", "whole": 1, "wide": 9007199254740993, "real": 2, "flag": false, "maybe": 5}`, with(func(e *everything) {
			e.Text, e.Whole, e.Wide, e.Real, e.Flag, e.Maybe = "b", 1, 9007199254740993, 2, false, &five
		})},
		{"a whole number may have a point", `{"whole": 4.0}`, with(func(e *everything) { e.Whole = 4 })},
		{"durations", `{"time": 0.25}`, with(func(e *everything) { e.Time = 250 * time.Millisecond })},
		{"sizes", `{"size": 1000}`, with(func(e *everything) { e.Size = 1000 })},
		{"lists and maps", `{"words": ["x", "y"], "table": {"a": 1}}`, with(func(e *everything) {
			e.Words, e.Table = []string{"x", "y"}, map[string]int{"a": 1}
		})},
		{"empty is not absent", `{"words": [], "table": {}}`, with(func(e *everything) {
			e.Words, e.Table = []string{}, map[string]int{}
		})},
		{"objects", `{"inner": {"must": "m", "n": 1}, "pointer": {"must": "p"}, "inners": [{"must": "i"}]}`, with(func(e *everything) {
			e.Inner, e.Pointer, e.Inners = inner{"m", 1}, &inner{"p", 3}, []inner{{"i", 3}}
		})},
		{"anything", `{"any": {"a": [1, 1.5, "x"]}}`, with(func(e *everything) {
			e.Any = map[string]any{"a": []any{int64(1), 1.5, "x"}}
		})},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got everything
			if found := Decode([]byte(test.json), &got); len(found) > 0 {
				t.Fatal(found)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreUnexported(everything{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeSaysWhatIsWrong(t *testing.T) {
	for _, test := range []struct{ json, want string }{
		{`{`, `config: not JSON: unexpected EOF`},
		{`{} {}`, `config: not JSON: something follows the value`},
		{`[]`, `config: must be an object, not a list`},
		{`{"txet": "a"}`, `config.txet: unknown word "txet": did you mean text?`},
		{`{"TEXT": "a"}`, `config.TEXT: unknown word "TEXT": did you mean text?`},
		{`{"inner": {"must": "m", "zebra": 1}}`, `config.inner.zebra: unknown word "zebra": known words: must, n`},
		{`{"inner": {}}`, `config.inner: "must" is missing: It has to be there.`},
		{`{"inners": [{"must": "a"}, {"must": 1}]}`, `config.inners.1.must: "must" must be a string, not a number: put quotes around it`},
		{`{"text": "c"}`, `config.text: "text" must be one of ["a" "b"], not "c"`},
		{`{"whole": 1.5}`, `config.whole: "whole" must be a whole number of at most 64 bits`},
		{`{"whole": 1e30}`, `config.whole: "whole" must be a whole number of at most 64 bits`},
		{`{"whole": "1"}`, `config.whole: "whole" must be a whole number, not a string`},
		{`{"flag": "true"}`, `config.flag: "flag" must be true or false, not a string`},
		{`{"time": "soon"}`, `config.time: "time" must be a duration such as "1m30s", not "soon"`},
		{`{"time": 1e300}`, `config.time: "time" must be a duration such as "1m30s" or a number of seconds, not a number`},
		{`{"size": "2x"}`, `config.size: "size" cannot be read: "2x" is not a size: its suffix must be one of b, k, m, g, t and p`},
		{`{"size": -1}`, `config.size: "size" must be a size such as "2g" or a number of bytes, not a number`},
		{`{"words": "x"}`, `config.words: "words" must be a list, not a string`},
		{`{"words": ["z"]}`, `config.words.0: "words[0]" must be one of ["x" "y"], not "z"`},
		{`{"words": [null]}`, `config.words.0: "words[0]" must be a string, not empty`},
		{`{"table": {"a": "b"}}`, `config.table.a: "a" must be a whole number, not a string`},
		{`{"inner": 3}`, `config.inner: "inner" must be an object, not a number`},
	} {
		kept := everything{Text: "kept"}
		found := Decode([]byte(test.json), &kept, "config")
		if len(found) != 1 || found[0].String() != test.want {
			t.Errorf("%s:\n got %v\nwant %s", test.json, found, test.want)
		}
		if kept.Text != "kept" {
			t.Errorf("%s: the struct was changed", test.json)
		}
	}
	if found := Decode([]byte(`{"a": 1}`), nil, "options"); len(found) != 1 || found[0].Detail != "this block takes no settings" {
		t.Errorf("a plugin without words: %v", found)
	}
}

func TestDiagnosticsDoNotShareTheirPaths(t *testing.T) {
	found := Decode([]byte(`{"a": 1, "b": 2, "c": 3}`), &inner{}, "x", "y", "z")
	for i, word := range []string{"a", "b", "c"} {
		if got := found[i].Path; got[len(got)-1] != word {
			t.Errorf("diagnostic %d has the path %v", i, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"text": "b", "inner": {"must": "m"}, "any": [1, {"a": null}], "size": "2g", "time": 1e18}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var first, second everything
		a, b := Decode(data, &first), Decode(data, &second)
		if len(a) != len(b) || len(a) == 0 && !cmp.Equal(first, second, cmpopts.IgnoreUnexported(everything{}), cmpopts.EquateNaNs()) {
			t.Errorf("two readings differ: %v, %v", a, b)
		}
	})
}
