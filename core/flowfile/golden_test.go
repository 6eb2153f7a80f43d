package flowfile

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/lang"
)

var update = flag.Bool("update", false, "write the expected diagnostics into the golden files")

const dashes = "----------\n"

func rendered(d lang.Diagnostics) string {
	var b strings.Builder
	_ = d.Fprint(&b)
	return b.String()
}

// TestDiagnostics reads each file of testdata/diagnostics: a flow, a line of
// dashes, and what is to be said about it.
func TestDiagnostics(t *testing.T) {
	files, err := filepath.Glob("testdata/diagnostics/*.txt")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d golden files, %v", len(files), err)
	}
	options := Options{
		Allowed:      func(executor, word string) bool { return executor == "trusted" && word == "privileged" },
		Executors:    []string{"local", "trusted"},
		Destinations: []string{"pacs", "archive"},
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			input, want, _ := bytes.Cut(text, []byte(dashes))
			name := "flow.yaml"
			if strings.HasSuffix(file, ".hcl.txt") {
				name = "flow.hcl"
			}
			loaded, diags := Parse(name, input, options)
			got := rendered(diags)
			if loaded == nil != diags.HasErrors() {
				t.Errorf("flow is there: %t, and errors: %t", loaded != nil, diags.HasErrors())
			}
			if *update {
				if err := os.WriteFile(file, []byte(string(input)+dashes+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
