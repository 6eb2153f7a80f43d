package datafolder

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string) *Folder {
	t.Helper()
	f, err := Open(t.Context(), dir)
	check(t, err)
	return f
}

// used is a folder that an agent has worked in: with an arrival, its object and
// a run.
func used(t *testing.T) (dir, id string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	f := open(t, dir)
	arrival := run.Arrival{ID: run.NewArrivalID(), Sender: run.Sender{CallingAE: "CT1"}, Opened: time.Now()}
	check(t, f.DB.OpenArrival(t.Context(), arrival))
	folder, err := f.Spool.Folder(arrival.ID)
	check(t, err)
	check(t, folder.Close())
	check(t, os.Mkdir(f.Spool.Runs().Run("b1"), 0o755))
	check(t, f.Close())
	return dir, f.ID
}

func arrivals(t *testing.T, f *Folder) int {
	t.Helper()
	all, err := f.DB.Arrivals(t.Context(), state.ArrivalFilter{Part: state.Part{AtMost: 10}})
	check(t, err)
	return len(all)
}

// A new database beside objects or runs would forget them without a word.
func TestANewDatabaseBesideObjects(t *testing.T) {
	for name, change := range map[string]func(path string) error{
		"missing": os.Remove,
		"empty":   func(path string) error { return os.Truncate(path, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, id := used(t)
			backup, err := os.ReadFile(DatabaseIn(dir))
			check(t, err)
			check(t, change(DatabaseIn(dir)))
			before, _ := os.ReadFile(DatabaseIn(dir))
			_, err = Open(t.Context(), dir)
			for _, want := range []string{"missing or empty", "1 arrival in " + dir, "1 run in " + dir, "restore a back-up", "move the folders objects and runs away"} {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want one with %q", err, want)
				}
			}
			if after, _ := os.ReadFile(DatabaseIn(dir)); len(after) != len(before) {
				t.Error("the refused start has changed the database")
			}
			check(t, os.WriteFile(DatabaseIn(dir), backup, 0o600))
			f := open(t, dir)
			if n := arrivals(t, f); n != 1 || f.ID != id {
				t.Errorf("restored: %d arrivals and the id %s, want 1 and %s", n, f.ID, id)
			}
			check(t, f.Close())
			check(t, os.Remove(DatabaseIn(dir)))
			check(t, os.Rename(filepath.Join(dir, "objects"), filepath.Join(dir, "objects.old")))
			check(t, os.Rename(filepath.Join(dir, "runs"), filepath.Join(dir, "runs.old")))
			f = open(t, dir) // begun anew on purpose
			if n := arrivals(t, f); n != 0 || f.ID != id {
				t.Errorf("anew: %d arrivals and the id %s, want 0 and %s", n, f.ID, id)
			}
			check(t, f.Close())
		})
	}
}

// The database of another folder describes other objects.
func TestTheDatabaseOfAnotherFolder(t *testing.T) {
	dir, id := used(t)
	other, otherID := used(t)
	text, err := os.ReadFile(DatabaseIn(other))
	check(t, err)
	check(t, os.WriteFile(DatabaseIn(dir), text, 0o600))
	_, err = Open(t.Context(), dir)
	for _, want := range []string{otherID, id, "another data folder", "restore a back-up"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	check(t, os.Remove(filepath.Join(dir, "id")))
	f := open(t, dir) // moved here on purpose; executors know its tasks by the id
	if f.ID != otherID {
		t.Errorf("id %s, want %s", f.ID, otherID)
	}
	check(t, f.Close())
}

// store is a database that fails.
type store struct {
	id       string
	get, set error
}

func (s *store) FolderID(context.Context) (string, error)      { return s.id, s.get }
func (s *store) SetFolderID(_ context.Context, _ string) error { return s.set }

func TestIdentifyThatFails(t *testing.T) {
	broken := errors.New("disk is gone")
	for name, s := range map[string]*store{"read": {get: broken}, "write": {set: broken}} {
		if _, err := identify(t.Context(), t.TempDir(), s); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, "id"), []byte(" \n"), 0o600))
	if _, err := identify(t.Context(), dir, &store{}); err == nil || problem.Advice(err) == "" {
		t.Errorf("an empty file: %v", err)
	}
	if _, err := identify(t.Context(), filepath.Join(dir, "missing"), &store{}); err == nil {
		t.Error("an id that cannot be kept was given")
	}
}

func TestTwoAgents(t *testing.T) {
	dir, _ := used(t)
	f := open(t, dir)
	if _, err := Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "another agent") {
		t.Errorf("the second agent: %v", err)
	}
	check(t, f.Close())
	check(t, open(t, dir).Close())
}

func TestCopy(t *testing.T) {
	dir, id := used(t)
	f := open(t, dir)
	defer func() { check(t, f.Close()) }()
	file, err := f.Copy(t.Context(), 0)
	check(t, err)
	defer file.Close()
	restored := filepath.Join(t.TempDir(), "data")
	check(t, os.Mkdir(restored, 0o700))
	text, err := io.ReadAll(file)
	check(t, err)
	check(t, os.WriteFile(DatabaseIn(restored), text, 0o600))
	check(t, CheckCopy(t.Context(), DatabaseIn(restored)))
	second := open(t, restored)
	if n := arrivals(t, second); n != 1 || second.ID != id {
		t.Errorf("the copy has %d arrivals and the id %s, want 1 and %s", n, second.ID, id)
	}
	check(t, second.Close())
	if left, _ := filepath.Glob(filepath.Join(dir, copyPattern)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := f.Copy(t.Context(), 1<<62); !errors.Is(err, ErrNoRoom) || problem.Advice(err) == "" {
		t.Errorf("without room: %v", err)
	}
	f.copying.Lock()
	if _, err := f.Copy(t.Context(), 0); !errors.Is(err, ErrCopying) {
		t.Errorf("two at once: %v", err)
	}
	f.copying.Unlock()
}

// CopyFrom serves where no agent runs, and where one does.
func TestCopyFrom(t *testing.T) {
	dir, _ := used(t)
	copyOnce := func() {
		t.Helper()
		to := filepath.Join(t.TempDir(), "copy.db")
		check(t, os.WriteFile(to, nil, 0o600))
		check(t, CopyFrom(t.Context(), dir, to))
		check(t, CheckCopy(t.Context(), to))
	}
	copyOnce()
	f := open(t, dir)
	copyOnce()
	check(t, f.Close())
	if err := CopyFrom(t.Context(), t.TempDir(), "x"); err == nil || !strings.Contains(err.Error(), "missing or empty") {
		t.Errorf("of an empty folder: %v", err)
	}
}

// What a killed agent left of a copy goes at the next start.
func TestLeftCopiesGo(t *testing.T) {
	dir, _ := used(t)
	left := filepath.Join(dir, "copy-123.tmp")
	check(t, os.WriteFile(left, []byte("half"), 0o600))
	check(t, open(t, dir).Close())
	if _, err := os.Stat(left); err == nil {
		t.Error("it is still there")
	}
}

func TestCopiesThatAreBroken(t *testing.T) {
	dir, _ := used(t)
	text, err := os.ReadFile(DatabaseIn(dir))
	check(t, err)
	for name, text := range map[string][]byte{"empty": nil, "half": text[:len(text)/8192*4096], "text": []byte(strings.Repeat("no database\n", 1000))} {
		path := filepath.Join(t.TempDir(), "copy.db")
		check(t, os.WriteFile(path, text, 0o600))
		if err := CheckCopy(t.Context(), path); err == nil {
			t.Errorf("%s: taken for a copy", name)
		}
	}
}

// What is broken is a problem of the folder from when it is met on.
func TestWatch(t *testing.T) {
	dir, _ := used(t)
	f := open(t, dir)
	defer func() { check(t, f.Close()) }()
	check(t, f.Watch(t.Context(), hclog.NewNullLogger()))
	if problems := f.Problems(); len(problems) > 0 {
		t.Errorf("problems of a whole folder: %q", problems)
	}
	// as after the restore of a back-up that is older than an arrival
	late, err := f.Spool.Folder(run.NewArrivalID())
	check(t, err)
	check(t, late.Close())
	check(t, f.Watch(t.Context(), hclog.NewNullLogger()))
	if problems := f.Problems(); len(problems) != 1 || !strings.Contains(problems[0], "1 arrival in objects, such as ") || !strings.Contains(problems[0], "dicom send") {
		t.Errorf("problems with an unknown arrival: %q", problems)
	}
}
