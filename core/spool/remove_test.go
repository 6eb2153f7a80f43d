package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/core/run"
)

func proceed() error { return nil }

// laid is a run with an attempt as a model leaves it: an output in folders that
// nobody may read, links that lead elsewhere, and what it printed.
func laid(t *testing.T, runs Runs, elsewhere string) {
	t.Helper()
	check(t, runs.Lay("r", 0, 1, []string{"dst", "stdout"}))
	dst := runs.Output("r", 0, 1, "dst")
	closed := filepath.Join(dst, "closed", "deeper")
	check(t, os.MkdirAll(closed, 0o755))
	for _, file := range []string{
		filepath.Join(closed, "a"), filepath.Join(dst, "stdout"), filepath.Join(runs.Work("r", 0, 1), "upper"),
		runs.Log("r", 0, 1, "stdout"), runs.Log("r", 0, 1, "stderr"),
	} {
		check(t, os.WriteFile(file, []byte("12345678"), 0o644))
	}
	check(t, os.MkdirAll(runs.Src("r"), 0o755))
	check(t, os.Link(filepath.Join(elsewhere, "kept"), filepath.Join(runs.Src("r"), "object")))
	check(t, os.Symlink(elsewhere, filepath.Join(dst, "link")))
	check(t, os.Symlink(elsewhere, filepath.Join(runs.Run("r"), "0-2")))
	check(t, unix.Mkfifo(filepath.Join(dst, "fifo"), 0o600))
	check(t, os.Chmod(closed, 0))
	check(t, os.Chmod(filepath.Dir(closed), 0))
}

// elsewhere is a folder with files that no removal may touch.
func elsewhere(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, file := range []string{"kept", "stdout"} {
		check(t, os.WriteFile(filepath.Join(dir, file), []byte("12345678"), 0o644))
	}
	return dir
}

func names(t *testing.T, folder string) string {
	t.Helper()
	var all []string
	check(t, filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
		if name, _ := filepath.Rel(folder, path); name != "." {
			all = append(all, name)
		}
		return err
	}))
	return strings.Join(all, " ")
}

// All files of a run go but what it printed, and later that. Nothing else does,
// wherever links lead. It is the same as another user than root.
func TestRemoveRun(t *testing.T) {
	for name, as := range map[string]func(*testing.T){"as root": func(*testing.T) {}, "as another user": asAnother} {
		t.Run(name, func(t *testing.T) {
			outside, dir := elsewhere(t), open(t)
			as(t)
			runs := RunsIn(dir)
			check(t, os.MkdirAll(runs.Dir, 0o755))
			if name == "as another user" {
				outside = filepath.Join(dir, "elsewhere") // a link to a file needs its owner
				check(t, os.Mkdir(outside, 0o755))
				check(t, os.WriteFile(filepath.Join(outside, "kept"), nil, 0o644))
				check(t, os.WriteFile(filepath.Join(outside, "stdout"), nil, 0o644))
			}
			laid(t, runs, outside)
			done := runs.RemoveOutputs("r", proceed)
			// the object has another name, and the links have no bytes
			if done.Err != nil || done.Kept != 0 || done.Files != 7 || done.Bytes < 24 || done.Bytes > 24+2*int64(len(outside)) {
				t.Errorf("outputs removed: %+v", done)
			}
			if got := names(t, runs.Dir); got != "r r/0-1 r/0-1/stderr r/0-1/stdout" {
				t.Errorf("left: %s", got)
			}
			if done := runs.RemoveLogs("r", proceed, proceed); done.Err != nil || done.Files != 2 || done.Bytes != 16 {
				t.Errorf("logs removed: %+v", done)
			}
			if got := names(t, runs.Dir); got != "" {
				t.Errorf("left: %s", got)
			}
			if got := names(t, outside); got != "kept stdout" {
				t.Errorf("of files elsewhere there are: %s", got)
			}
			for _, again := range []Removed{runs.RemoveOutputs("r", proceed), runs.RemoveLogs("r", proceed, proceed)} {
				if again != (Removed{}) {
					t.Errorf("removed again: %+v", again)
				}
			}
		})
	}
}

// open makes a folder that every user may use.
func open(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	check(t, os.Chmod(filepath.Dir(dir), 0o755))
	check(t, os.Chmod(dir, 0o777))
	return dir
}

// asAnother makes the files of the test those of another user than root, who
// may do everything. The thread ends with the test.
func asAnother(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	runtime.LockOSThread()
	check(t, unix.Setfsgid(65534))
	check(t, unix.Setfsuid(65534))
	t.Cleanup(func() {
		check(t, unix.Setfsuid(0))
		check(t, unix.Setfsgid(0))
		runtime.UnlockOSThread()
	})
}

// Logs that go first leave all else, empty outputs too.
func TestRemoveLogsFirst(t *testing.T) {
	runs := RunsIn(t.TempDir())
	laid(t, runs, elsewhere(t))
	runs.RemoveLogs("r", proceed, proceed)
	if _, err := os.Stat(runs.Output("r", 0, 1, "stdout")); err != nil {
		t.Errorf("an empty output is gone: %v", err)
	}
	if _, err := os.Stat(runs.Log("r", 0, 1, "stdout")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a log is there: %v", err)
	}
}

// A folder goes with all that is in it, and with nothing beside it.
func TestRemove(t *testing.T) {
	outside, dir := elsewhere(t), open(t)
	runs := RunsIn(dir)
	laid(t, runs, outside)
	for range 2 {
		check(t, Remove(runs.Work("r", 0, 1)))
		check(t, Remove(filepath.Join(runs.Output("r", 0, 1, "dst"), "link")))
	}
	if got := names(t, runs.Try("r", 0, 1)); !strings.HasPrefix(got, "out ") || strings.Contains(got, "work") || strings.Contains(got, "link") {
		t.Errorf("left: %s", got)
	}
	check(t, Remove(runs.Run("r")))
	if got := names(t, dir); got != "runs" {
		t.Errorf("left: %s", got)
	}
	if got := names(t, outside); got != "kept stdout" {
		t.Errorf("of files elsewhere there are: %s", got)
	}
}

// What another user owns keeps nothing else from being removed, and the error
// says why but no name.
func TestRemoveKeepsCount(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can make files of another user")
	}
	runs := RunsIn(open(t))
	check(t, os.MkdirAll(runs.Dir, 0o777))
	check(t, os.Chmod(runs.Dir, 0o777))
	check(t, os.MkdirAll(filepath.Join(runs.Run("r"), "0-1", "of-root"), 0o777))
	check(t, os.Chmod(runs.Run("r"), 0o777))
	check(t, os.Chmod(filepath.Join(runs.Run("r"), "0-1"), 0o777))
	check(t, os.WriteFile(filepath.Join(runs.Run("r"), "0-1", "of-root", "DOE^JANE"), nil, 0o644))
	check(t, os.WriteFile(filepath.Join(runs.Run("r"), "0-1", "other"), nil, 0o644))
	t.Run("as another user", func(t *testing.T) {
		asAnother(t)
		done := runs.RemoveOutputs("r", proceed)
		if done.Kept != 1 || done.Files != 1 || !errors.Is(done.Err, fs.ErrPermission) || strings.Contains(done.Err.Error(), "DOE") {
			t.Errorf("removed: %+v", done)
		}
		if got := names(t, runs.Dir); got != "r r/0-1 r/0-1/of-root r/0-1/of-root/DOE^JANE" {
			t.Errorf("left: %s", got)
		}
	})
}

// Objects go with the folders that get empty, but for one that is being
// received; a name that leads out of the spool removes nothing.
func TestRemoveObjects(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, "state.db"), nil, 0o644))
	for _, file := range []string{"a/1.dcm", "a/2.dcm", "b/1.dcm", "c/1.dcm"} {
		check(t, os.MkdirAll(filepath.Dir(s.Path(file)), 0o755))
		check(t, os.WriteFile(s.Path(file), []byte("1234"), 0o644))
	}
	check(t, os.Mkdir(s.Path("d"), 0o755))
	receiving := func(id run.ArrivalID) bool { return id == "c" }
	done := s.RemoveObjects("d", []string{"a/1.dcm", "b/1.dcm", "b/gone.dcm", "c/1.dcm", "../state.db"}, receiving, proceed)
	if done.Files != 3 || done.Bytes != 12 || done.Kept != 1 || done.Err == nil {
		t.Errorf("removed: %+v", done)
	}
	if got := names(t, s.objects); got != "a a/2.dcm c" {
		t.Errorf("left: %s", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "state.db")); err != nil {
		t.Error(err)
	}
}

// A removal ends between two files when it is told to.
func TestRemoveStops(t *testing.T) {
	s, err := Open(t.TempDir())
	check(t, err)
	check(t, os.Mkdir(s.Path("a"), 0o755))
	files := []string{"a/1", "a/2", "a/3"}
	for _, file := range files {
		check(t, os.WriteFile(s.Path(file), nil, 0o644))
	}
	enough := errors.New("enough")
	left := 2
	step := func() error {
		if left--; left == 0 {
			return enough
		}
		return nil
	}
	if done := s.RemoveObjects("a", files, func(run.ArrivalID) bool { return false }, step); done.Files != 2 || !errors.Is(done.Err, enough) {
		t.Errorf("removed: %+v", done)
	}
	if entries, err := os.ReadDir(s.Path("a")); err != nil || !slices.Equal([]string{entries[0].Name()}, []string{"3"}) {
		t.Errorf("left: %v, %v", entries, err)
	}
}
