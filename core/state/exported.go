package state

import (
	"context"

	"github.com/raddeploy/raddeploy/core/run"
)

// NotExported returns the oldest entries of the journal that a syslog server has
// not been told, at most so many.
func (db *DB) NotExported(ctx context.Context, atMost int) ([]run.Entry, error) {
	return db.journal(ctx, db.query, "WHERE seq > coalesce((SELECT seq FROM exported), 0) ORDER BY seq LIMIT ?", atMost)
}

// SetExported records that it has been told all entries up to this number.
func (db *DB) SetExported(ctx context.Context, seq int64) error {
	return db.update(ctx, func(tx *transaction) error {
		_, err := tx.Exec("INSERT INTO exported (one, seq) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET seq = max(seq, excluded.seq)", seq)
		return err
	})
}
