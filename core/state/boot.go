package state

import (
	"context"
	"database/sql"
	"errors"

	"github.com/raddeploy/raddeploy/core/run"
)

// SetBoot records in which boot of this host the database is open. If it was open
// in another one before, the attempts that are open since are marked: what they
// wrote and nobody collected was not synced.
func (db *DB) SetBoot(ctx context.Context, id string) error {
	return db.update(ctx, func(tx *transaction) error {
		var before string
		err := tx.QueryRow("SELECT id FROM boot").Scan(&before)
		if err == nil && before != id {
			_, err = tx.Exec("UPDATE attempt SET rebooted = 1 WHERE " + in("state", []run.AttemptState{run.AttemptIntended, run.AttemptStarted}))
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if before == id {
			return nil
		}
		_, err = tx.Exec("INSERT OR REPLACE INTO boot (one, id) VALUES (1, ?)", id)
		return err
	})
}
