package flowfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// TestPublishedSchemaIsCurrent holds docs/flow.schema.json to what decoding
// reads. -update writes it.
func TestPublishedSchemaIsCurrent(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	published(t, "../../docs/flow.schema.json", string(text))
}

// published compares a text with a file, or writes it.
func published(t *testing.T, path, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), text); diff != "" {
		t.Errorf("%s is old: go test ./core/flowfile -update\n%s", path, diff)
	}
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(SchemaAddress, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(SchemaAddress)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asEditorsRead reads YAML as an editor does, which knows nothing of ours.
func asEditorsRead(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(withTextKeys(v))
	if err != nil {
		t.Fatal(err)
	}
	v, err = jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// withTextKeys makes text of keys such as 80.
func withTextKeys(v any) any {
	switch v := v.(type) {
	case map[any]any:
		m := map[string]any{}
		for key, item := range v {
			m[fmt.Sprint(key)] = withTextKeys(item)
		}
		return m
	case map[string]any:
		for key, item := range v {
			v[key] = withTextKeys(item)
		}
	case float64:
		if math.IsInf(v, 0) {
			return fmt.Sprint(v) // JSON has no such number
		}
	case []any:
		for i, item := range v {
			v[i] = withTextKeys(item)
		}
	}
	return v
}

func TestSchemaTakesValidFlows(t *testing.T) {
	s := compiledSchema(t)
	check := func(name string, text []byte) {
		if err := s.Validate(asEditorsRead(t, text)); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
	files, _ := filepath.Glob("../../examples/*/*.yaml")
	if len(files) < 5 {
		t.Fatalf("%d examples", len(files))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		check(file, text)
	}
	for seed := range uint64(100) {
		check("generated", WriteYAML(newGenerator(seed).flow()))
	}
}

// structural are the golden cases about the shape of a flow: what an editor is
// to mark while it is written.
var structural = []string{
	"type-", "refused", "unknown-key", "unknown-container-word", "missing-image", "no-models", "empty", "wrong-types", "yaml-missing-dash",
	"readme-triggers", "readme-destinations", "old-wrong",
}

func TestSchemaRefusesWhatIsWrong(t *testing.T) {
	s := compiledSchema(t)
	files, _ := filepath.Glob("testdata/diagnostics/*.txt")
	refused := 0
	for _, file := range files {
		name := filepath.Base(file)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		input, said, _ := bytes.Cut(text, []byte(dashes))
		if strings.HasSuffix(name, ".hcl.txt") || yaml.Unmarshal(input, new(any)) != nil {
			continue
		}
		if err := s.Validate(asEditorsRead(t, input)); err != nil {
			refused++
			if len(said) == 0 {
				t.Errorf("%s is valid, and the schema refuses it: %v", name, err)
			}
		} else if slices.ContainsFunc(structural, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			t.Errorf("%s is wrong, and the schema takes it", name)
		}
	}
	for name, input := range map[string]string{
		"a destination that is half there":         "models: [{image: a}]\ndestinations: [{host: x}]\n",
		"a destination with a name and an address": "models: [{image: a}]\ndestinations: [{name: pacs, host: x, port: 1, ae_title: A}]\n",
		"a port that is no number":                 "models: [{image: a, ports: {80: x}}]\n",
		"a port with too many numbers":             "models: [{image: a, ports: {80: [127.0.0.1, 8080, 1]}}]\n",
		"a port that there is not":                 "models: [{image: a, ports: {0: 80}}]\n",
	} {
		if _, diags := Parse("flow.yaml", []byte(input), Options{}); !diags.HasErrors() {
			t.Errorf("%s is valid", name)
		}
		if s.Validate(asEditorsRead(t, []byte(input))) == nil {
			t.Errorf("the schema takes %s", name)
		}
	}
	if refused < 20 {
		t.Errorf("only %d cases were refused", refused)
	}
}
