package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/raddeploy/raddeploy/core/run"
)

// transaction is what the writer writes through, and the crowd reads. To prepare
// a statement takes longer than to run most of them, so each is prepared once
// and kept for as long as the database is open; the text of a query is therefore
// never made of values.
type transaction struct {
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
	moves    map[move]string // the texts of transitions, made once
	ends     ends
}

// ends is what is written when a transaction ends, once for all its writes.
type ends struct {
	events []run.Event // what its writes have changed, in their order
	clock  bool        // how long agents have run
}

// begin makes the transaction of a connection that is taken for it alone.
func begin(ctx context.Context, db *sql.DB) (*transaction, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &transaction{conn: conn, prepared: make(map[string]*sql.Stmt), moves: make(map[move]string)}, nil
}

// A write takes milliseconds and is never canceled. Hence no contexts here.

// Exec runs a statement that returns no rows.
func (t *transaction) Exec(query string, args ...any) (sql.Result, error) {
	statement, err := t.prepare(query)
	if err != nil {
		return nil, err
	}
	return statement.Exec(args...)
}

// Query runs a statement that returns rows. They are read to their end before
// anything else is done.
func (t *transaction) Query(query string, args ...any) (*sql.Rows, error) {
	statement, err := t.prepare(query)
	if err != nil {
		return nil, err
	}
	return statement.Query(args...)
}

// QueryRow runs a statement that returns one row. If it returns none, Scan's
// error is sql.ErrNoRows.
func (t *transaction) QueryRow(query string, args ...any) scanner {
	statement, err := t.prepare(query)
	if err != nil {
		return noRow{err}
	}
	return statement.QueryRow(args...)
}

// scanner is what was found by QueryRow.
type scanner interface{ Scan(targets ...any) error }

type noRow struct{ err error }

func (r noRow) Scan(...any) error { return r.err }

func (t *transaction) prepare(query string) (*sql.Stmt, error) {
	if statement := t.prepared[query]; statement != nil {
		return statement, nil
	}
	statement, err := t.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	t.prepared[query] = statement
	return statement, nil
}

// close closes the statements. It is called after the last write.
func (t *transaction) close() error {
	var errs []error
	for _, statement := range t.prepared {
		errs = append(errs, statement.Close())
	}
	clear(t.prepared)
	return errors.Join(errs...)
}

// inSavepoint runs one write of several. It reports false if the transaction
// around it is gone, as SQLite has it on a full disk.
func (t *transaction) inSavepoint(do func(*transaction) error) (err error, whole bool) {
	if _, err := t.Exec("SAVEPOINT one"); err != nil {
		return err, false
	}
	before := t.ends
	if err := do(t); err != nil {
		t.ends = before
		_, undo := t.Exec("ROLLBACK TO one")
		if undo == nil {
			_, undo = t.Exec("RELEASE one")
		}
		return err, undo == nil
	}
	_, err = t.Exec("RELEASE one")
	return err, err == nil
}
