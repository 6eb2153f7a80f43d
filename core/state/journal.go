package state

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"github.com/raddeploy/raddeploy/core/run"
)

// record appends a row to the journal.
func record(tx *transaction, e run.Entry) error {
	result := cmp.Or(e.Result, run.WasDone)
	recorded, err := tx.Exec(`INSERT INTO journal (at, action, thing, id, detail, name, address, token, known, role, result, before, after)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, stamp(e.At), e.Action, e.Thing, e.ID, e.Detail,
		e.By.Name, e.By.Address, e.By.Token, e.By.Known, e.By.Role, result, e.Before, e.After)
	if err != nil || result != run.WasDone { // looks and refusals are no changes
		return err
	}
	seq, err := recorded.LastInsertId()
	tx.happened(run.Event{At: e.At, Kind: run.OfJournal, ID: strconv.FormatInt(seq, 10), State: "recorded"})
	return err
}

// Record records an action that changes nothing in the database.
func (db *DB) Record(ctx context.Context, e run.Entry) error {
	return db.update(ctx, func(tx *transaction) error { return record(tx, e) })
}

// change changes rows and records the action. One that changes nothing is not recorded.
func (db *DB) change(ctx context.Context, e run.Entry, statement string, args ...any) error {
	return db.update(ctx, func(tx *transaction) error {
		result, err := tx.Exec(statement, args...)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return record(tx, e)
	})
}

// WholeID returns the id of the one "run" or "arrival" that begins with prefix.
func (db *DB) WholeID(ctx context.Context, thing, prefix string) (string, error) {
	query, ok := map[string]string{
		"run":     "SELECT id FROM run WHERE id >= ? AND id < ? LIMIT 2",
		"arrival": "SELECT id FROM arrival WHERE id >= ? AND id < ? LIMIT 2",
	}[thing]
	if !ok {
		return "", fmt.Errorf("%s %q: %w", thing, prefix, ErrNotFound)
	}
	rows, err := db.query(ctx, query, prefix, prefix+"\x7f")
	if err != nil {
		return "", err
	}
	found, err := scanAll(rows, func(id *string) []any { return []any{id} })
	return only(found, err, thing, prefix)
}

// JournalOf returns what was done to one thing, oldest first: a "run", an
// "arrival", an "executor" or a "flow" with this id.
func (db *DB) JournalOf(ctx context.Context, thing, id string) ([]run.Entry, error) {
	return db.journal(ctx, db.query, "WHERE thing = ? AND id = ? AND result = 'done' ORDER BY seq", thing, id)
}

func (db *DB) journal(ctx context.Context, query querying, tail string, args ...any) ([]run.Entry, error) {
	rows, err := query(ctx, `SELECT seq, at, action, thing, id, detail, name, address, token, known, role, result, before, after
		FROM journal `+tail, args...)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (e run.Entry, err error) {
		var at int64
		err = scan(&e.Seq, &at, &e.Action, &e.Thing, &e.ID, &e.Detail, &e.By.Name, &e.By.Address, &e.By.Token,
			&e.By.Known, &e.By.Role, &e.Result, &e.Before, &e.After)
		e.At = unstamp(at)
		return e, err
	})
}

// Acted is a run that an operator did something to, with the state that it is
// in now.
type Acted struct {
	Seq   int64 // of the journal's entry
	Run   run.ID
	State run.State
}

// LastEntry returns the number of the journal's newest entry; 0: it is empty.
func (db *DB) LastEntry(ctx context.Context) (seq int64, err error) {
	err = db.queryRow(ctx, "SELECT coalesce(max(seq), 0) FROM journal").Scan(&seq)
	return seq, err
}

// actedAfter looks at the newer entries only: the plus keeps SQLite from the
// index of things, with which it would look at all of them at each wake-up.
const actedAfter = `SELECT j.seq, r.id, r.state FROM journal j JOIN run r ON r.id = j.id
	WHERE j.seq > ? AND +j.thing = 'run' AND j.result = 'done' ORDER BY j.seq`

// ActedAfter returns the runs that the journal's entries newer than this one are
// about, oldest entry first.
func (db *DB) ActedAfter(ctx context.Context, seq int64) ([]Acted, error) {
	rows, err := db.query(ctx, actedAfter, seq)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(a *Acted) []any { return []any{&a.Seq, &a.Run, &a.State} })
}
