package lang

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/sdk"
)

func TestHCLValues(t *testing.T) {
	t.Setenv("RADDEPLOY_TEST_WORD", "from outside")
	n, d := ParseHCL(NewSource("f.hcl", []byte(`
text    = "a ${env("RADDEPLOY_TEST_WORD")}"
number  = 1.10
sum     = 1 + 1
minus   = -3
yes     = true
nothing = null
list    = ["a", 2, [false]]
map     = { a = 1, "b c" = "x", (env("RADDEPLOY_TEST_WORD")) = 2 }
block "label" "second" {
  inner { a = 1  b = [1, 2]  c = { d = 1, e = 2 } }
}
block "label" { a = 1, b = 2, }
`)))
	if len(d) > 0 {
		t.Fatal(d)
	}
	if len(n.Pairs) != 10 || n.Get("number").Text != "1.10" || len(n.Pairs[8].Labels) != 2 || !n.Pairs[9].Block {
		t.Errorf("%+v", n)
	}
	got := map[string]any{}
	for _, p := range n.Pairs[:9] {
		got[p.Key] = d.Any(p.Value)
	}
	want := map[string]any{
		"text": "a from outside", "number": 1.1, "sum": 2, "minus": -3, "yes": true, "nothing": nil, "list": []any{"a", 2, []any{false}},
		"map":   map[string]any{"a": 1, "b c": "x", "from outside": 2},
		"block": map[string]any{"inner": map[string]any{"a": 1, "b": []any{1, 2}, "c": map[string]any{"d": 1, "e": 2}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"a": 1, "b": 2}, d.Any(n.Pairs[9].Value)); diff != "" {
		t.Error(diff)
	}
}

// TestPlacesInBlocksOnOneLine checks that line breaks put into a block move no
// place.
func TestPlacesInBlocksOnOneLine(t *testing.T) {
	const text = "a { ü = \"é\"  b { c = [1, 22]  d = 3 } e = 4 }\nf = 5\n"
	n, d := ParseHCL(NewSource("f.hcl", []byte(text)))
	if len(d) > 0 {
		t.Fatal(d)
	}
	for path, want := range map[string]Pos{"a": {1, 1}, "a ü": {1, 5}, "a b": {1, 14}, "a b c": {1, 18}, "a b d": {1, 31}, "a e": {1, 39}, "f": {2, 1}} {
		if _, key, _ := n.Find(strings.Fields(path)); key.Start != want {
			t.Errorf("%s is at %v, want %v", path, key.Start, want)
		}
	}
	if value, _, _ := n.Find([]string{"a", "b", "c", "1"}); value.Start != (Pos{1, 26}) || value.End != (Pos{1, 28}) {
		t.Errorf("22 is at %v", value)
	}
}

var schema = sdk.Schema{Fields: []sdk.Field{
	{Name: "partition", Type: sdk.TypeString, Required: true},
	{Name: "nodes", Type: sdk.TypeInt},
	{Name: "time", Type: sdk.TypeDuration},
	{Name: "env", Type: sdk.TypeMap, Element: &sdk.Field{Type: sdk.TypeString}},
	{Name: "privileged", Type: sdk.TypeBool, Guarded: true},
	{Name: "mount", Type: sdk.TypeList, Element: &sdk.Field{Type: sdk.TypeObject, Fields: []sdk.Field{
		{Name: "from", Type: sdk.TypeString}, {Name: "host", Type: sdk.TypeBool, Guarded: true},
	}}},
}}

func TestDecodeWithSchema(t *testing.T) {
	const want = `{"env":{"A":"1","B":"yes"},"mount":[{"from":"/a"},{"from":"7"}],"nodes":2,"partition":"12","time":"1h"}`
	yaml, d := ParseYAML(NewSource("f.yaml", []byte("partition: 12\nnodes: 2\ntime: 1h\nenv: {A: 1, B: yes}\nmount: [{from: /a}, {from: 7}]\nprivileged:\n")))
	if len(d) > 0 {
		t.Fatal(d)
	}
	yaml.Pairs = yaml.Pairs[:5]
	hcl, d := ParseHCL(NewSource("f.hcl", []byte("partition = 12\nnodes = 2\ntime = \"1h\"\nenv = {A = 1, B = \"yes\"}\nmount { from = \"/a\" }\nmount { from = 7 }\n")))
	if len(d) > 0 {
		t.Fatal(d)
	}
	for _, n := range []*Node{yaml, hcl} {
		got, d := DecodeWithSchema(n, schema, nil)
		if len(d) > 0 || string(got) != want {
			t.Errorf("%s: %s\n%v", n.Range, got, d)
		}
	}
	if got, d := DecodeWithSchema(nil, sdk.Schema{}, nil); len(d) > 0 || string(got) != "{}" {
		t.Errorf("nothing became %s, %v", got, d)
	}
}

func TestDecodeWithSchemaPointsAtMistakes(t *testing.T) {
	n, d := ParseHCL(NewSource("f.hcl", []byte(`partitoin = "gpu"
nodes      = "two"
privileged = true
mount {
  from = "/a"
  host = true
}
env = { A = [1] }
`)))
	if len(d) > 0 {
		t.Fatal(d)
	}
	_, d = DecodeWithSchema(n, schema, func(word string) bool { return word == "privileged" })
	var got []string
	for _, one := range d {
		got = append(got, one.Range.String()+" "+one.Summary)
	}
	want := []string{
		`f.hcl "partition" is missing`,
		`f.hcl:1:13 unknown word "partitoin"`,
		`f.hcl:2:14 "nodes" must be a whole number, not a string`,
		`f.hcl:6:3 mount.host is not for a flow to decide`,
		`f.hcl:8:13 "A" must be a string, not a list`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzParseHCL(f *testing.F) {
	f.Add([]byte("a \"b\" { c = 1  d { e = [1, {f = 2}] } g = \"${env(\"X\")}\" }\n"))
	f.Add([]byte("a { b = <<E\nx\nE\n}\nc { d = 1, e = \"%{ if true }x%{ endif }\" } # x\n/* y */ z {}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		n, d := ParseHCL(NewSource("f.hcl", text))
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

// What is nested without end, or grows without end, is refused at once: the
// parser and the evaluation would end the program.
func TestHCLHasBounds(t *testing.T) {
	bomb := "locals {\n  a0 = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]\n"
	for i := range 9 {
		bomb += fmt.Sprintf("  a%d = [%s]\n", i+1, strings.Repeat(fmt.Sprintf("local.a%d, ", i), 10))
	}
	for name, text := range map[string]string{
		"signs":       "x = " + strings.Repeat("-", 500_000) + "1\n",
		"negations":   "x = " + strings.Repeat("!", 500_000) + "true\n",
		"parentheses": "x = " + strings.Repeat("(", 200_000) + "1\n",
		"lists":       "x = " + strings.Repeat("[", 200_000) + "\n",
		"blocks":      strings.Repeat("a {\n", 100_000),
		"templates":   "x = " + strings.Repeat("\"${", 200_000),
		"choices":     "x = " + strings.Repeat("true ? 1 : ", 80_000) + "1\n",
		"values":      bomb + "}\nx = local.a9\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, diags := ParseHCL(NewSource("f.hcl", []byte(text))); !diags.HasErrors() {
				t.Error("no error")
			}
		})
	}
	deep := "x = " + strings.Repeat("[", 60) + strings.Repeat("]", 60) + "\n"
	if _, diags := ParseHCL(NewSource("f.hcl", []byte(deep))); diags.HasErrors() {
		t.Errorf("sixty levels: %v", diags)
	}
}
