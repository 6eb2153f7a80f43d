package skeleton_test

import (
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/raddeploy/raddeploy/core/skeleton"
)

var update = flag.Bool("update", false, "write what plugin init writes to examples")

// checkedIn is where the repository shows what plugin init writes.
const checkedIn = checkout + "/examples/executor-go"

// TestTheExampleIsWhatIsWritten holds the plugin among the examples to what
// plugin init writes. Its go.sum is its own: the one that is written has more
// than `go mod tidy` keeps, so that `go doc` works without the network.
func TestTheExampleIsWhatIsWritten(t *testing.T) {
	written, err := skeleton.Plugin{
		Name: "toy", Module: "github.com/raddeploy/raddeploy/examples/executor-go", Version: "v0.0.0", SDK: checkout,
	}.Write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		refresh(t, checkedIn, written)
	}
	if diff := cmp.Diff(contents(t, checkedIn), contents(t, written)); diff != "" {
		t.Errorf("go test ./core/skeleton -run TheExample -update\n- %s\n+ what plugin init writes\n%s", checkedIn, diff)
	}
}

// contents reads the files below a folder but for go.sum and for programs that
// somebody has built there.
func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "go.sum" || entry.Name() == "raddeploy-executor-toy" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		files[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// refresh makes the files of one folder those of another one.
func refresh(t *testing.T, folder, written string) {
	t.Helper()
	files := contents(t, written)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name := range contents(t, folder) {
		if _, kept := files[name]; !kept {
			if err := os.Remove(filepath.Join(folder, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[name]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run(t, folder, "mod", "tidy")
}
