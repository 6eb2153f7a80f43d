package flowfile

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/flow"
)

// languages are the two ways to write a flow.
var languages = map[string]func(*flow.Flow) []byte{
	"flow.yaml": WriteYAML,
	"flow.hcl":  func(f *flow.Flow) []byte { return WriteHCL(f) },
}

// checkConversion writes a flow in both languages and holds what is read from
// that to the flow.
func checkConversion(t *testing.T, f *flow.Flow) {
	t.Helper()
	want, err := flow.Encode(f)
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range languages {
		text := write(f)
		loaded, diags := Parse(name, text, Options{Allowed: AnyDockerWord})
		if len(loaded) != 1 {
			t.Errorf("%s is not read again:\n%s\n%s", name, rendered(diags), text)
			return
		}
		if !bytes.Equal(loaded[0].Encoded, want) {
			t.Errorf("%s is another flow:\n%s\n%s", name, cmp.Diff(f, loaded[0].Flow), text)
			return
		}
		if again := write(loaded[0].Flow); !bytes.Equal(text, again) {
			t.Errorf("%s is written in another way the second time:\n%s", name, cmp.Diff(string(text), string(again)))
		}
	}
}

// checkJSON writes a flow for programs, and holds what is read from that to the flow.
func checkJSON(t *testing.T, f *flow.Flow) {
	t.Helper()
	want, err := flow.Encode(f)
	if err != nil {
		t.Fatal(err)
	}
	text := WriteJSON(f)
	read, err := ReadJSON(text)
	if err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	if got, err := flow.Encode(read); err != nil || !bytes.Equal(got, want) {
		t.Errorf("JSON is another flow: %v\n%s\n%s", err, cmp.Diff(f, read), text)
	}
}

// TestConversionIsExact holds any valid flow to be the same after it was
// written and read in the other language.
func TestConversionIsExact(t *testing.T) {
	for seed := range uint64(150) {
		f := newGenerator(seed).flow()
		for _, p := range flow.Validate(f) {
			if !p.Warning {
				t.Fatalf("seed %d makes a flow that is not valid: %v", seed, p)
			}
		}
		checkConversion(t, f)
		if checkJSON(t, f); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestConversionOfExamples converts the flows that people start from.
func TestConversionOfExamples(t *testing.T) {
	files, _ := filepath.Glob("../../examples/flows/*")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		loaded, diags := Parse(file, text, Options{})
		if len(loaded) == 0 {
			t.Fatal(rendered(diags))
		}
		for _, l := range loaded {
			checkConversion(t, l.Flow)
			checkJSON(t, l.Flow)
		}
	}
}
