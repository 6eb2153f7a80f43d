package skeleton_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/raddeploy/raddeploy/core/skeleton"
	"github.com/raddeploy/raddeploy/sdk/conformance"
)

// writeEngine writes a new plugin for an engine against this checkout.
func writeEngine(t *testing.T, name string) string {
	t.Helper()
	sdk, err := filepath.Abs(checkout)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := skeleton.Plugin{Name: name, Engine: true, Module: "example.com/me/" + name, Version: "v0.0.0", SDK: sdk}.Write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// TestTheEnginesExampleIsWhatIsWritten holds the code of the plugin for podman,
// which passes the suite, to what plugin init -engine podman writes.
func TestTheEnginesExampleIsWhatIsWritten(t *testing.T) {
	written := writeEngine(t, "podman")
	lines := 0
	for _, name := range []string{"main.go", "engine.go"} {
		example := filepath.Join(checkout, "examples/executor-podman", name)
		got, err := os.ReadFile(example)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(written, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(got), string(want)); diff != "" {
			t.Errorf("- %s\n+ what plugin init -engine podman writes\n%s", example, diff)
		}
		lines += strings.Count(string(got), "\n")
	}
	if lines > 200 {
		t.Errorf("an engine's plugin has %d lines of its own: what others need too belongs into sdk/engine", lines)
	}
}

// TestANewEnginesPluginIsClean holds what its author would see first, whatever
// the engine is called.
func TestANewEnginesPluginIsClean(t *testing.T) {
	t.Parallel()
	folder := writeEngine(t, "a-very-long-name-of-an-engine")
	runWith(t, folder, offline(), "vet", "./...")
	if output, err := exec.Command("gofmt", "-l", folder).CombinedOutput(); err != nil || len(output) > 0 {
		t.Errorf("gofmt -l: %v\n%s", err, output)
	}
	readmeNamesCases(t, folder, 8)
}

// TestANewEnginesPluginSaysWhatIsMissing holds what its author sees where the
// engine is not installed: the plugin is launched, and says what to do.
func TestANewEnginesPluginSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	folder := writeEngine(t, "toyengine")
	program := filepath.Join(folder, "raddeploy-executor-toyengine")
	run(t, folder, "build", "-o", program, ".")
	err := conformance.Suite{Program: program, Patience: time.Second}.Check(t.Context(), func(conformance.Result) {})
	if err == nil || !strings.Contains(err.Error(), "install toyengine, or correct the executor's config") {
		t.Errorf("without an engine the suite says: %v", err)
	}
}
