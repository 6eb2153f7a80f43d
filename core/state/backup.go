package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/raddeploy/raddeploy/core/problem"
)

// Backup writes a copy of the database to a file that must be empty or missing:
// all that was committed when it began. Reads and writes go on beside it. The
// copy is one file, without a write-ahead log, and is not synced.
func (db *DB) Backup(ctx context.Context, to string) error {
	return db.damage.saw(backup(ctx, db.read, to))
}

// Size is how many bytes a copy of the database takes at the most.
func (db *DB) Size(ctx context.Context) (bytes uint64, err error) {
	return size(ctx, db.read)
}

// File is the file of a state database that this process has not opened,
// whether or not an agent works on it.
type File struct {
	path string
	db   *sql.DB
}

// OpenFile opens a database's file to check it and to copy it. The database is
// neither created nor changed.
func OpenFile(path string) (*File, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	db, err := connect(path, "rw", 1)
	if err != nil {
		return nil, openError(path, err)
	}
	return &File{path, db}, nil
}

// Backup is [DB.Backup].
func (f *File) Backup(ctx context.Context, to string) error { return backup(ctx, f.db, to) }

// Size is [DB.Size].
func (f *File) Size(ctx context.Context) (bytes uint64, err error) { return size(ctx, f.db) }

// Check returns what is wrong with the file: damage, or that it is not a state
// database that this program can read.
func (f *File) Check(ctx context.Context) error {
	faults, err := quickCheck(ctx, f.db)
	if err == nil && len(faults) > 0 {
		err = errors.New(faults[0])
	}
	if err == nil {
		_, err = versionOf(ctx, f.db)
	}
	if err == nil {
		var empty bool
		if empty, err = isEmpty(ctx, f.db); err == nil && empty {
			err = errors.New("it is empty")
		}
	}
	if err != nil {
		return openError(f.path, err)
	}
	return nil
}

// Close closes the file.
func (f *File) Close() error { return f.db.Close() }

// IsNew reports whether nothing was ever recorded at path: there is no file, or
// an empty one, or one without a table, such as a copy that was made without its
// write-ahead log.
func IsNew(ctx context.Context, path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	db, err := connect(path, "rw", 1)
	if err != nil {
		return false, openError(path, err)
	}
	empty, err := isEmpty(ctx, db)
	if err = errors.Join(err, db.Close()); err != nil {
		return false, openError(path, err)
	}
	return empty, nil
}

func isEmpty(ctx context.Context, db *sql.DB) (empty bool, err error) {
	err = db.QueryRowContext(ctx, "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)").Scan(&empty)
	return empty, err
}

// backup copies without the room of rows that were removed. It reads one
// snapshot, so that a writer beside it does not have it begin again.
func backup(ctx context.Context, db *sql.DB, to string) error {
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
		return fmt.Errorf("copy the state database: %w", err)
	}
	return nil
}

func size(ctx context.Context, db *sql.DB) (bytes uint64, err error) {
	var pages, pageSize uint64
	if err := db.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
		return 0, err
	}
	err = db.QueryRowContext(ctx, "PRAGMA page_size").Scan(&pageSize)
	return pages * pageSize, err
}

// quickCheck reads every page. The faults are for people.
func quickCheck(ctx context.Context, db *sql.DB) (faults []string, err error) {
	rows, err := db.QueryContext(ctx, fmt.Sprintf("PRAGMA quick_check(%d)", checked))
	if err != nil {
		return nil, err
	}
	faults, err = scanAll(rows, func(fault *string) []any { return []any{fault} })
	if len(faults) == 1 && faults[0] == "ok" {
		faults = nil
	}
	return faults, err
}

// versionOf is how many migrations a database has seen.
func versionOf(ctx context.Context, db *sql.DB) (version int, err error) {
	known, err := fs.Glob(migrations, migrationFiles)
	if err != nil {
		return 0, err
	}
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, err
	}
	if version > len(known) {
		return 0, problem.New(fmt.Sprintf("its schema %d is newer than this program's %d", version, len(known)), "use the version of raddeploy that wrote it, or a newer one")
	}
	return version, nil
}
