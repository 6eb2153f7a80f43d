package execute

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
)

// python is Debian's, which has the PyYAML that models read their configuration
// with.
const python = "/usr/bin/python3"

// typedCase is one configuration: its value with all types, and it in files that
// RadDeploy wrote: config.yaml, the flow in YAML, and in YAML by way of HCL.
type typedCase struct {
	Value  any    `json:"value"`
	Config string `json:"config"`
	YAML   string `json:"yaml"`
	HCL    string `json:"hcl"`
}

// compare holds configurations, each as a flow in YAML has it, to what PyYAML
// reads of what RadDeploy makes of them.
func compare(t *testing.T, flows ...string) {
	t.Helper()
	if err := exec.Command(python, "-I", "-c", "import yaml").Run(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("PyYAML is not installed")
		}
		t.Skip("PyYAML is not installed: run make services")
	}
	e := &Engine{Unpacked: t.TempDir()}
	var cases []typedCase
	for _, text := range flows {
		f := parsed(t, "f.yaml", text)
		place, err := e.config(&f.Models[0])
		check(t, err)
		written, err := os.ReadFile(filepath.Join(place, "config.yaml"))
		check(t, err)
		byHCL := parsed(t, "f.hcl", string(flowfile.WriteHCL(f)))
		cases = append(cases, typedCase{typed(f.Models[0].Config), string(written), string(flowfile.WriteYAML(f)), string(flowfile.WriteYAML(byHCL))})
	}
	input, err := json.Marshal(cases)
	check(t, err)
	command := exec.Command(python, "-I", filepath.Join("testdata", "types.py"))
	command.Stdin = bytes.NewReader(input)
	output, err := command.CombinedOutput()
	if err != nil || string(output) != "compared\n" {
		t.Errorf("%v\n%s", err, output)
	}
}

func parsed(t *testing.T, name, text string) *flow.Flow {
	t.Helper()
	loaded, diags := flowfile.Parse(name, []byte(text), flowfile.Options{})
	if len(loaded) != 1 || diags.HasErrors() {
		t.Fatalf("%v of\n%s", diags, text)
	}
	return loaded[0].Flow
}

// typed is a value with the names of its types, as types.py reads them.
func typed(v any) any {
	switch v := v.(type) {
	case nil:
		return map[string]any{"null": nil}
	case bool:
		return map[string]any{"bool": v}
	case int:
		return map[string]any{"int": strconv.Itoa(v)}
	case float64:
		return map[string]any{"float": strconv.FormatFloat(v, 'g', -1, 64)}
	case string:
		return map[string]any{"str": v}
	case []any:
		list := []any{}
		for _, item := range v {
			list = append(list, typed(item))
		}
		return map[string]any{"list": list}
	}
	pairs := [][2]any{}
	for key, item := range v.(map[string]any) {
		pairs = append(pairs, [2]any{typedKey(key), typed(item)})
	}
	return map[string]any{"map": pairs}
}

func typedKey(key string) any {
	kind, text, tagged := strings.Cut(strings.TrimPrefix(key, "!!"), " ")
	switch {
	case !tagged || !strings.HasPrefix(key, "!!"):
		return map[string]any{"str": key}
	case kind == "null":
		return map[string]any{"null": nil}
	case kind == "bool":
		return map[string]any{"bool": text == "true"}
	}
	return map[string]any{kind: text}
}

// configured is a flow in YAML whose model has this configuration.
func configured(config string) string {
	return "models:\n- image: busybox\n  config:\n" + config
}

// A model finds in config.yaml the types that its flow wrote, as Python would
// write them: those that PyYAML reads in another way than Go's YAML do too.
func TestConfigKeepsItsTypes(t *testing.T) {
	flows := []string{configured("    1: a\n    '2': b\n    1.5: c\n    no: d\n    '=': e\n    a: {-1: x}\n")}
	for _, spelled := range []string{
		"0.00001", "1.0", "-0.0", "1e-7", "1.e+3", "1e21", "123456789.0", ".5", "1_000", "0x1F", "0b11", "017", "089", "1:30", "22:22:22", "2024-01-01",
		"=", "'='", "<<", "~", "''", "'~'", "null", "'null'", "yes", "'yes'", "off", "y", "n", "'1'", "'1.0'", "'1e5'", "'0x1F'", "'.inf'", "'.nan'", "'1_0'",
		"9223372036854775807", "-9223372036854775808", "!!str 1", "!!str =", "'2024-01-01'", "'1:30'", "\"a\\0b\"", "\"\\x85\"", "'%x'", "'@x'", "'- a'", "'a: b'", "'a #b'", "[]", "{}", "[1, 1.0, '1']",
		"{1: liver, 2: spleen}", "{'1': liver}", "{1.5: a, -2: b, true: c, 'true': d, ~: e, yes_: f, '!!int 1': g}",
	} {
		flows = append(flows, configured("    value: "+spelled+"\n"))
	}
	compare(t, flows...)
}

// The same of any value.
func TestConfigKeepsTheTypesOfAnyValue(t *testing.T) {
	var flows []string
	for seed := range uint64(300) {
		f := parsed(t, "f.yaml", configured("    a: 1\n"))
		f.Models[0].Config = anything{rand.New(rand.NewPCG(seed, 13))}.mapping(3)
		flows = append(flows, string(flowfile.WriteYAML(f)))
	}
	compare(t, flows...)
}

// anything makes values of all types, of what is hard to tell apart above all.
type anything struct{ *rand.Rand }

var hard = []string{"", " ", "=", "<<", "~", "null", "true", "Yes", "no", "on", "y", "1", "007", "08", "1.0", "1e5", "1e-5", "1.e+5", ".5", "0x1F", "0o17", "0b1", "1_0", "1:30", ".inf", ".nan",
	"2024-01-01", "2024-01-01 10:00:00", "-", "- a", "? a", ": a", "a:", "a: b", "a #b", "#", "!", "!!int 1", "&a", "*a", "@a", "`a", "%a", "|", ">", "'", `"`, `\`, "{a}", "[a", "a,b",
	"a\nb", "a\nb\n", "\n", " a\nb", "\ta", "a\r\nb", "\r", "\x00", "\x07", "\x7f", "\u0085", "\u00a0", "\u2028", "\ufeff", "\ufffd", "é", "日本", "🩻", strings.Repeat("w ", 80), strings.Repeat("k", 1500)}

func (g anything) text() string {
	s := hard[g.IntN(len(hard))]
	for g.IntN(3) == 0 {
		s += hard[g.IntN(len(hard))]
	}
	return s
}

func (g anything) number() any {
	if g.IntN(2) == 0 {
		return []any{0, 1, -1, 10, 8, math.MaxInt64, math.MinInt64, g.Int()}[g.IntN(8)]
	}
	return []any{0.0, 1.0, -1.0, 1e-5, 1e5, 1e21, 1e22, 123456789.0, math.MaxFloat64, math.SmallestNonzeroFloat64, g.NormFloat64(), math.Exp(100 * g.NormFloat64())}[g.IntN(12)]
}

func (g anything) any(depth int) any {
	switch n := g.IntN(8); {
	case n == 0:
		return nil
	case n == 1:
		return g.IntN(2) == 0
	case n < 4:
		return g.number()
	case n < 6 || depth == 0:
		return g.text()
	case n == 6:
		list := []any{}
		for range g.IntN(4) {
			list = append(list, g.any(depth-1))
		}
		return list
	}
	return g.mapping(depth - 1)
}

func (g anything) mapping(depth int) map[string]any {
	m := map[string]any{}
	for range g.IntN(5) {
		key := g.text()
		switch n := g.IntN(8); {
		case n == 0:
			key = fmt.Sprintf("!!int %d", g.IntN(100)-50)
		case n == 1:
			key = []string{"!!float 0.5", "!!float 1.0e-05", "!!float -1.0e+21", "!!bool true", "!!bool false", "!!null null"}[g.IntN(6)]
		case strings.HasPrefix(key, "!!"):
			key = "!!str " + key
		}
		m[key] = g.any(depth)
	}
	return m
}
