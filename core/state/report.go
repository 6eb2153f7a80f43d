package state

import (
	"context"
	"database/sql"
	"strings"
)

// Report is how a state database is, without anything that its rows hold.
type Report struct {
	Version int // how many migrations it has seen
	Bytes   uint64
	Faults  []string // none: every page can be read
	Rows    map[string]int64
	Schema  []string // the statements that made it
}

// Report looks at the whole database: it takes as long as to read it.
func (db *DB) Report(ctx context.Context) (Report, error) {
	r, err := report(ctx, db.read)
	return r, db.damage.saw(err)
}

// Report is [DB.Report].
func (f *File) Report(ctx context.Context) (Report, error) { return report(ctx, f.db) }

func report(ctx context.Context, db *sql.DB) (r Report, err error) {
	if r.Bytes, err = size(ctx, db); err != nil {
		return r, err
	}
	if err = db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&r.Version); err != nil {
		return r, err
	}
	if r.Faults, err = quickCheck(ctx, db); err != nil {
		return r, err
	}
	type object struct{ kind, name, text string }
	found, err := db.QueryContext(ctx, "SELECT type, name, coalesce(sql, '') FROM sqlite_schema ORDER BY rowid")
	if err != nil {
		return r, err
	}
	objects, err := scanAll(found, func(o *object) []any { return []any{&o.kind, &o.name, &o.text} })
	if err != nil {
		return r, err
	}
	r.Rows = map[string]int64{}
	for _, o := range objects {
		if o.text != "" {
			r.Schema = append(r.Schema, o.text)
		}
		if o.kind != "table" {
			continue
		}
		var n int64
		if err := db.QueryRowContext(ctx, `SELECT count(*) FROM "`+strings.ReplaceAll(o.name, `"`, `""`)+`"`).Scan(&n); err != nil {
			return r, err
		}
		r.Rows[o.name] = n
	}
	return r, nil
}
