package state

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// SwitchOff records that a flow, whose identity is the entry's id, takes no part
// any more, until SwitchOn. Doing it twice is doing it once.
func (db *DB) SwitchOff(ctx context.Context, id flow.ID, e run.Entry) error {
	e.Before, e.After = "enabled", "disabled"
	return db.change(ctx, e, "INSERT OR IGNORE INTO switched_off (name, version, since) VALUES (?, ?, ?)", id.Name, id.Version, stamp(e.At))
}

// SwitchOn undoes SwitchOff.
func (db *DB) SwitchOn(ctx context.Context, id flow.ID, e run.Entry) error {
	e.Before, e.After = "disabled", "enabled"
	return db.change(ctx, e, "DELETE FROM switched_off WHERE name = ? AND version = ?", id.Name, id.Version)
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
