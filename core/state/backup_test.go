package state

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

// fill opens a database with rows in it, of which some have been read.
func fill(t *testing.T, path string, arrivals int) *DB {
	t.Helper()
	db, err := Open(t.Context(), path)
	check(t, err)
	for range arrivals {
		arrive(t, db, run.ArrivalComplete, "1.2", "1.2.1", "1.2.2")
	}
	_, err = db.Arrivals(t.Context(), ArrivalFilter{Part: Part{AtMost: 10}})
	check(t, err)
	return db
}

// count is how many arrivals a database holds.
func count(t *testing.T, path string) int {
	t.Helper()
	db, err := Open(t.Context(), path)
	check(t, err)
	defer func() { check(t, db.Close()) }()
	all, err := db.Arrivals(t.Context(), ArrivalFilter{Part: Part{AtMost: 1 << 20}})
	check(t, err)
	return len(all)
}

// After Close the file alone is the database: who copies it has everything.
func TestTheFileAloneIsWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	check(t, fill(t, path, 3).Close())
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		t.Errorf("the write-ahead log still has %d bytes", info.Size())
	}
	text, err := os.ReadFile(path)
	check(t, err)
	copied := filepath.Join(t.TempDir(), "copy.db")
	check(t, os.WriteFile(copied, text, 0o600))
	if n := count(t, copied); n != 3 {
		t.Errorf("a copy of the file has %d arrivals, want 3", n)
	}
}

func TestCloseWaitsForARead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := fill(t, path, 3)
	rows, err := db.query(t.Context(), "SELECT id FROM arrival")
	check(t, err)
	if !rows.Next() {
		t.Fatal("no row")
	}
	time.AfterFunc(50*time.Millisecond, func() { rows.Close() })
	check(t, db.Close())
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		t.Errorf("the write-ahead log still has %d bytes", info.Size())
	}
}

// A back-up is what was committed when it began, in one file, and the database
// goes on.
func TestBackup(t *testing.T) {
	path, to := filepath.Join(t.TempDir(), "state.db"), filepath.Join(t.TempDir(), "copy.db")
	db := fill(t, path, 3)
	defer func() { check(t, db.Close()) }()
	check(t, os.WriteFile(to, nil, 0o600))
	check(t, db.Backup(t.Context(), to))
	arrive(t, db, run.ArrivalComplete, "1.3")
	if n := count(t, to); n != 3 {
		t.Errorf("the back-up has %d arrivals, want 3", n)
	}
	beside, err := OpenFile(path) // as another process has it, while the agent works
	check(t, err)
	second := filepath.Join(t.TempDir(), "copy.db")
	check(t, beside.Check(t.Context()))
	check(t, beside.Backup(t.Context(), second))
	check(t, beside.Close())
	if n := count(t, second); n != 4 {
		t.Errorf("the back-up of another process has %d arrivals, want 4", n)
	}
	if err := db.Backup(t.Context(), to); err == nil {
		t.Error("a file that is there was written over")
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Backup(canceled, filepath.Join(t.TempDir(), "c.db")); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

// Whoever looks into a copy leaves no second file beside it.
func TestCheckedFileStaysOne(t *testing.T) {
	path, to := filepath.Join(t.TempDir(), "state.db"), filepath.Join(t.TempDir(), "copy.db")
	db := fill(t, path, 1)
	check(t, db.Backup(t.Context(), to))
	check(t, db.Close())
	before, err := os.ReadFile(to)
	check(t, err)
	file, err := OpenFile(to)
	check(t, err)
	check(t, file.Check(t.Context()))
	check(t, file.Close())
	after, err := os.ReadFile(to)
	check(t, err)
	if entries, err := os.ReadDir(filepath.Dir(to)); err != nil || len(entries) != 1 || !bytes.Equal(before, after) {
		t.Errorf("beside the copy: %v, %v; changed: %v", entries, err, !bytes.Equal(before, after))
	}
}

func TestIsNew(t *testing.T) {
	dir := t.TempDir()
	full := filepath.Join(dir, "full.db")
	check(t, fill(t, full, 1).Close())
	empty := filepath.Join(dir, "empty.db")
	check(t, os.WriteFile(empty, nil, 0o600))
	// what a copy without its write-ahead log is
	running := filepath.Join(dir, "running.db")
	db := fill(t, running, 1)
	text, err := os.ReadFile(running)
	check(t, err)
	check(t, db.Close())
	bare := filepath.Join(dir, "bare.db")
	check(t, os.WriteFile(bare, text, 0o600))
	for path, want := range map[string]bool{full: false, empty: true, bare: true, filepath.Join(dir, "missing.db"): true} {
		if got, err := IsNew(t.Context(), path); err != nil || got != want {
			t.Errorf("%s is new: %v, %v; want %v", filepath.Base(path), got, err, want)
		}
	}
}

// damaged writes a database of many pages, changes its bytes and returns its
// path.
func damaged(t *testing.T, change func([]byte) []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	check(t, fill(t, path, 300).Close())
	text, err := os.ReadFile(path)
	check(t, err)
	check(t, os.WriteFile(path, change(text), 0o600))
	return path
}

// A file that is no database, or half of one, cannot be opened, and the error
// says what to do.
func TestOpenABrokenFile(t *testing.T) {
	for name, change := range map[string]func([]byte) []byte{
		"truncated":       func(text []byte) []byte { return text[:len(text)/8192*4096] },
		"other text":      func([]byte) []byte { return bytes.Repeat([]byte("no database\n"), 1000) },
		"without a front": func(text []byte) []byte { clear(text[:4096]); return text },
	} {
		t.Run(name, func(t *testing.T) {
			path := damaged(t, change)
			_, err := Open(t.Context(), path)
			if err == nil || !strings.Contains(err.Error(), "state.db is broken") || !strings.Contains(problem.Advice(err), "restore a back-up") {
				t.Errorf("open: %v; advice %q", err, problem.Advice(err))
			}
			if _, err := IsNew(t.Context(), path); err == nil {
				t.Error("it is taken for a new one, or an old one")
			}
		})
	}
}

// breakObjects overwrites the first page of the table of objects.
func breakObjects(t *testing.T, path string) {
	t.Helper()
	db, err := connect(path, "rw", 1)
	check(t, err)
	var page, size int64
	query := "SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = 'object'"
	check(t, errors.Join(db.QueryRowContext(t.Context(), query).Scan(&page, &size), db.Close()))
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	check(t, err)
	_, err = file.WriteAt(bytes.Repeat([]byte{0xff}, 64), (page-1)*size)
	check(t, errors.Join(err, file.Close()))
}

// What is broken inside is found by a check, and by the read that meets it; then
// health says so, and the rest goes on.
func TestDamageIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	check(t, fill(t, path, 3).Close())
	breakObjects(t, path)
	for name, meet := range map[string]func(*DB) error{
		"check": func(db *DB) error { return db.Check(t.Context()) },
		"read": func(db *DB) error {
			_, err := db.objects(t.Context(), "")
			return err
		},
		"write": func(db *DB) error {
			return db.update(t.Context(), func(tx *transaction) error {
				_, err := tx.Exec("UPDATE object SET size = 1")
				return err
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := Open(t.Context(), path)
			check(t, err)
			defer db.Close()
			check(t, db.Health())
			if err := meet(db); err == nil {
				t.Fatal("it is not met")
			}
			if err := db.Health(); err == nil || !strings.Contains(err.Error(), "state.db is broken") || !strings.Contains(err.Error(), "restore a back-up") {
				t.Errorf("health: %v", err)
			}
			check(t, db.SetFolderID(t.Context(), "12345678"))
		})
	}
}

func TestCheckOfAWholeDatabase(t *testing.T) {
	db := fill(t, filepath.Join(t.TempDir(), "state.db"), 3)
	defer func() { check(t, db.Close()) }()
	check(t, db.Check(t.Context()))
	check(t, db.Health())
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Check(canceled); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	check(t, db.Health())
}
