package state

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// query reads beside the writer. As there, each statement is prepared once, the
// text of a query never made of values, and one that has begun is not broken
// off: to watch for that costs more than most queries.
func (db *DB) query(ctx context.Context, query string, args ...any) (*rows, error) {
	statement, err := db.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	found, err := statement.QueryContext(context.WithoutCancel(ctx), args...)
	if err != nil {
		return nil, db.damage.saw(err)
	}
	return &rows{found, &db.damage}, nil
}

// querying is how rows are read: [DB.query] or [DB.listing].
type querying = func(ctx context.Context, query string, args ...any) (*rows, error)

// rows are what a query found. Damage that they meet is remembered.
type rows struct {
	*sql.Rows
	damage *damage
}

// Err is that of [sql.Rows].
func (r *rows) Err() error { return r.damage.saw(r.Rows.Err()) }

// queryRow is query for one row. If there is none, Scan's error is
// sql.ErrNoRows.
func (db *DB) queryRow(ctx context.Context, query string, args ...any) scanner {
	statement, err := db.statement(ctx, query)
	if err != nil {
		return noRow{err}
	}
	return oneRow{statement.QueryRowContext(context.WithoutCancel(ctx), args...), &db.damage}
}

// oneRow is what queryRow found.
type oneRow struct {
	scanner
	damage *damage
}

// Scan is that of [sql.Row].
func (r oneRow) Scan(targets ...any) error { return r.damage.saw(r.scanner.Scan(targets...)) }

func (db *DB) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	known, ok := db.queries.Load(query)
	if !ok {
		statement, err := db.read.PrepareContext(ctx, query)
		if err != nil {
			return nil, db.damage.saw(err)
		}
		var meanwhile bool
		if known, meanwhile = db.queries.LoadOrStore(query, statement); meanwhile {
			statement.Close()
		}
	}
	return known.(*sql.Stmt), nil
}

// found are rows, read beside the writer or by it.
type found interface {
	Next() bool
	Scan(targets ...any) error
	Err() error
	Close() error
}

// scanRows reads all rows, each by row, and closes them.
func scanRows[T any](rows found, row func(scan func(...any) error) (T, error)) ([]T, error) {
	defer rows.Close()
	var all []T
	for rows.Next() {
		value, err := row(rows.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, value)
	}
	return all, rows.Err()
}

// scanAll reads all rows into values whose fields targets names.
func scanAll[T any](rows found, targets func(*T) []any) ([]T, error) {
	return scanRows(rows, func(scan func(...any) error) (value T, err error) {
		err = scan(targets(&value)...)
		return value, err
	})
}

// only returns the one thing that was found for an id's prefix.
func only[T any](found []T, err error, thing, prefix string) (T, error) {
	var none T
	switch {
	case err != nil:
		return none, err
	case len(found) == 0 || prefix == "":
		return none, fmt.Errorf("%s %q: %w", thing, prefix, ErrNotFound)
	case len(found) > 1:
		return none, fmt.Errorf("%s %q: several ids begin like this, give more of it: %w", thing, prefix, ErrNotFound)
	}
	return found[0], nil
}

// in is the condition that a column holds one of these states, in their order:
// written like that of the indexes of open rows, which SQLite uses only for a
// condition that begins as theirs.
func in[S ~string](column string, states []S) string {
	if len(states) == 0 {
		return "false"
	}
	conditions := make([]string, len(states))
	for i, state := range states {
		conditions[i] = column + " = '" + strings.ReplaceAll(string(state), "'", "''") + "'"
	}
	return "(" + strings.Join(conditions, " OR ") + ")"
}
