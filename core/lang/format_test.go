package lang

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the expected texts into the golden files")

// TestFormat reads each file of testdata/format: a text, a line of dashes, and
// how it is to be formatted. Its language is in its name.
func TestFormat(t *testing.T) {
	files, err := filepath.Glob("testdata/format/*.txt")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d golden files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			input, want, _ := bytes.Cut(text, []byte("----------\n"))
			format := FormatYAML
			if strings.HasSuffix(file, ".hcl.txt") {
				format = FormatHCL
			}
			formatted, diags, err := format(NewSource("file", input))
			got := string(formatted)
			if err != nil {
				got = err.Error() + "\n"
			}
			for _, d := range diags {
				got += d.Render()
			}
			if *update {
				if err := os.WriteFile(file, []byte(string(input)+"----------\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
			if formatted == nil {
				return
			}
			again, _, err := format(NewSource("file", formatted))
			if diff := cmp.Diff(got, string(again)); diff != "" || err != nil {
				t.Errorf("formatted twice: %v\n%s", err, diff)
			}
		})
	}
}
