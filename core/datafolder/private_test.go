package datafolder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/core/problem"
)

// A data folder is closed to other users, or the agent does not start. What is
// not the agent's is left as it is.
func TestTheDataFolderIsPrivate(t *testing.T) {
	for _, test := range []struct {
		name  string
		make  func(dir string) error
		wrong string
	}{
		{"new", os.RemoveAll, ""},
		{"empty and open", func(string) error { return nil }, ""},
		{"of an earlier version", func(dir string) error {
			if err := os.WriteFile(filepath.Join(dir, "state.db"), nil, 0o666); err != nil {
				return err
			}
			return os.Mkdir(filepath.Join(dir, "runs"), 0o777)
		}, ""},
		{"somebody's", func(dir string) error { return os.WriteFile(filepath.Join(dir, "letter.txt"), nil, 0o644) }, "holds other files"},
		{"for all", func(dir string) error {
			if err := os.Mkdir(filepath.Join(dir, "systemd-private"), 0o700); err != nil {
				return err
			}
			return unix.Chmod(dir, 0o1777)
		}, "holds other files"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			for _, step := range []error{os.Mkdir(dir, 0o755), unix.Chmod(dir, 0o755), test.make(dir)} {
				if step != nil {
					t.Fatal(step)
				}
			}
			before, _ := os.Stat(dir)
			err := privateFolder(dir)
			after, statErr := os.Stat(dir)
			switch {
			case statErr != nil:
				t.Fatal(statErr)
			case test.wrong == "" && (err != nil || after.Mode().Perm() != 0o700):
				t.Errorf("%v, and the mode is %v", err, after.Mode())
			case test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong) || problem.Advice(err) == ""):
				t.Errorf("used: %v", err)
			case test.wrong != "" && after.Mode() != before.Mode():
				t.Errorf("its mode was changed to %v", after.Mode())
			}
		})
	}
}

// The database and the agent's notes are for its user alone.
func TestTheDataFoldersFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	f := open(t, dir)
	defer func() { check(t, f.Close()) }()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().IsRegular() {
			files++
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s has the mode %v", entry.Name(), info.Mode())
			}
		}
	}
	if files < 3 {
		t.Errorf("only %d files: %v", files, entries)
	}
	if !isOurs(dir) {
		t.Errorf("a data folder is not taken for one: %v", entries)
	}
}
