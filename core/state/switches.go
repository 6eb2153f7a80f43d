package state

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
)

// SwitchOff records that a flow takes no part any more, until SwitchOn. Doing it
// twice is doing it once.
func (db *DB) SwitchOff(ctx context.Context, id flow.ID, at time.Time) error {
	return db.update(ctx, func(tx *transaction) error {
		_, err := tx.Exec("INSERT OR IGNORE INTO switched_off (name, version, since) VALUES (?, ?, ?)", id.Name, id.Version, stamp(at))
		return err
	})
}

// SwitchOn undoes SwitchOff.
func (db *DB) SwitchOn(ctx context.Context, id flow.ID) error {
	return db.update(ctx, func(tx *transaction) error {
		_, err := tx.Exec("DELETE FROM switched_off WHERE name = ? AND version = ?", id.Name, id.Version)
		return err
	})
}

// SwitchedOff returns the flows that are switched off, and since when.
func (db *DB) SwitchedOff(ctx context.Context) (map[flow.ID]time.Time, error) {
	rows, err := db.query(ctx, "SELECT name, version, since FROM switched_off")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	off := make(map[flow.ID]time.Time)
	for rows.Next() {
		var id flow.ID
		var since int64
		if err := rows.Scan(&id.Name, &id.Version, &since); err != nil {
			return nil, err
		}
		off[id] = unstamp(since)
	}
	return off, rows.Err()
}
