package config

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the expected diagnostics into the golden files")

const dashes = "----------\n"

// TestDiagnostics reads each file of testdata/diagnostics: a site, a line of
// dashes, and what is to be said about it.
func TestDiagnostics(t *testing.T) {
	files, err := filepath.Glob("testdata/diagnostics/*.txt")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d golden files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			input, want, _ := bytes.Cut(text, []byte(dashes))
			site, diags := Parse("site.hcl", input, nil)
			var got strings.Builder
			if err := diags.Fprint(&got); err != nil {
				t.Fatal(err)
			}
			if site == nil != diags.HasErrors() {
				t.Errorf("site is there: %t, and errors: %t", site != nil, diags.HasErrors())
			}
			if *update {
				if err := os.WriteFile(file, []byte(string(input)+dashes+got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
