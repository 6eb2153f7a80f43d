package state

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/raddeploy/raddeploy/core/problem"
)

// restoreAdvice is what to do about a database that is broken.
const restoreAdvice = "stop the agent, keep a copy of the data folder, and restore a back-up of state.db (docs/operate.md, Back-up and restore)"

// damage is the first sign that the database's file is broken. It stays until
// the database is opened again.
type damage struct {
	mu    sync.Mutex
	first error
}

// saw remembers an error that means damage, and returns any error as it is.
func (d *damage) saw(err error) error {
	if isDamage(err) {
		d.remember(err)
	}
	return err
}

func (d *damage) remember(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.first == nil {
		d.first = err
	}
}

func (d *damage) err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.first
}

// isDamage reports whether an error says that the file is broken, or that the
// disk no longer reads it.
func isDamage(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch code := e.Code(); code {
	case lib.SQLITE_IOERR_READ, lib.SQLITE_IOERR_SHORT_READ, lib.SQLITE_IOERR_CORRUPTFS:
		return true
	default:
		return code&0xff == lib.SQLITE_CORRUPT || code == lib.SQLITE_NOTADB
	}
}

// Health returns what is known to be broken of the database's file: found by
// [DB.Check], or by a read or write that met it. Nil: nothing.
func (db *DB) Health() error {
	err := db.damage.err()
	if err == nil {
		return nil
	}
	return &problem.Error{Op: "state database", Object: db.path + " is broken", Cause: err, Advice: restoreAdvice}
}

// checked is how many faults of a broken file Check names.
const checked = 3

// Check reads the whole database and looks for damage, which [DB.Health] then
// tells too. It takes about 2.5 s for a gigabyte that is in memory;
// reads and writes go on beside it.
func (db *DB) Check(ctx context.Context) error {
	faults, err := quickCheck(ctx, db.read)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil && len(faults) > 0 {
		err = errors.New(strings.Join(faults, "; "))
		db.damage.remember(err)
	}
	if err = db.damage.saw(err); err != nil && !isDamage(err) && len(faults) == 0 {
		return fmt.Errorf("check state database %s: %w", db.path, err)
	}
	return db.Health()
}

// openError says why a database cannot be opened, and what to do.
func openError(path string, err error) error {
	if isDamage(err) {
		return &problem.Error{Op: "state database", Object: path + " is broken", Cause: err, Advice: restoreAdvice}
	}
	return fmt.Errorf("open state database %s: %w", path, err)
}
