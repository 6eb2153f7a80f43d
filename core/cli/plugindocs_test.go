package cli

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/internal/markdown"
	"github.com/raddeploy/raddeploy/sdk/conformance"
)

var updateDocs = flag.Bool("update-docs", false, "write what is generated in the folder docs")

const docs = "../../docs"

// current fails if a generated text is not what stands in a file, or writes it
// there.
func current(t *testing.T, path string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	if *updateDocs {
		err = os.WriteFile(path, want, 0o644)
	} else if err == nil && !bytes.Equal(got, want) {
		t.Errorf("%s is not what the program says: go test ./core/cli -run Plugin -update-docs", path)
	}
	if err != nil {
		t.Error(err)
	}
}

// TestPluginReferences holds the pages on the executors that come with
// RadDeploy to what these say of themselves.
func TestPluginReferences(t *testing.T) {
	folder := t.TempDir()
	commands, err := filepath.Glob("../../plugins/*/cmd/raddeploy-executor-*")
	if err != nil || len(commands) == 0 {
		t.Fatalf("no plugins: %v", err)
	}
	build := append([]string{"build", "-o", folder + "/"}, commands...)
	if output, err := exec.CommandContext(t.Context(), "go", build...).CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, output)
	}
	programs, err := filepath.Glob(filepath.Join(folder, "raddeploy-executor-*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range programs {
		code, page, errs := call(t, "plugin", "inspect", "-markdown", program)
		if code != exitOK {
			t.Errorf("exit code %d: %s", code, errs)
			continue
		}
		current(t, filepath.Join(docs, "executor-"+nameOf(program)+".md"), []byte(page))
	}
}

// TestPluginGuide holds the authors' guide to the cases that the suite has.
func TestPluginGuide(t *testing.T) {
	path := filepath.Join(docs, "plugins.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- cases: made by `go test ./core/cli -run TestPluginGuide -update-docs` -->\n", "<!-- /cases -->"
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the cases: %s%s", path, begin, end)
	}
	current(t, path, []byte(before+begin+cases()+end+after))
}

func cases() string {
	var b strings.Builder
	required := 0
	for _, c := range conformance.Cases() {
		if c.Required {
			required++
		}
	}
	fmt.Fprintf(&b, "There are %d cases; the %d required ones are marked with a dot.\n\n", len(conformance.Cases()), required)
	fmt.Fprintf(&b, "| case | | what the contract says |\n|---|---|---|\n")
	for _, c := range conformance.Cases() {
		dot := ""
		if c.Required {
			dot = "•"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", c.Name, dot, markdown.Cell(c.Contract))
	}
	return b.String()
}
