package spool

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Laying an attempt again, as after a crash, empties its folders and keeps what
// it printed.
func TestLay(t *testing.T) {
	runs := RunsIn(t.TempDir())
	check(t, runs.Lay("r", 1, 2, []string{"dst", "log"}))
	for _, file := range []string{runs.Log("r", 1, 2, "stdout"), filepath.Join(runs.Output("r", 1, 2, "dst"), "half"),
		filepath.Join(runs.Work("r", 1, 2), "half")} {
		check(t, os.WriteFile(file, nil, 0o644))
	}
	check(t, runs.Lay("r", 1, 2, []string{"dst"}))

	var got []string
	check(t, filepath.WalkDir(runs.Dir, func(path string, _ os.DirEntry, err error) error {
		below, _ := filepath.Rel(runs.Dir, path)
		got = append(got, below)
		return err
	}))
	want := []string{".", "r", "r/1-2", "r/1-2/out", "r/1-2/out/dst", "r/1-2/stdout", "r/1-2/work"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	info, err := os.Stat(runs.Output("r", 1, 2, "dst"))
	check(t, err)
	if info.Mode().Perm() != 0o777 {
		t.Errorf("an output has mode %v", info.Mode())
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
