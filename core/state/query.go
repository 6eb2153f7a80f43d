package state

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// query reads beside the writer. As there, each statement is prepared once, and
// the text of a query never made of values.
func (db *DB) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	known, ok := db.queries.Load(query)
	if !ok {
		statement, err := db.read.PrepareContext(ctx, query)
		if err != nil {
			return nil, err
		}
		var meanwhile bool
		if known, meanwhile = db.queries.LoadOrStore(query, statement); meanwhile {
			statement.Close()
		}
	}
	return known.(*sql.Stmt).QueryContext(ctx, args...)
}

// scanRows reads all rows, each by row, and closes them.
func scanRows[T any](rows *sql.Rows, row func(scan func(...any) error) (T, error)) ([]T, error) {
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
func scanAll[T any](rows *sql.Rows, targets func(*T) []any) ([]T, error) {
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

// quoted is a list of states for SQL's IN. States are constants of ours.
func quoted[S ~string](states []S) string {
	words := make([]string, len(states))
	for i, state := range states {
		words[i] = "'" + string(state) + "'"
	}
	return strings.Join(words, ", ")
}
