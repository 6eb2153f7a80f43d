package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/raddeploy/raddeploy/core/run"
)

// FolderID is the id of the data folder that the database belongs to; "": none
// is recorded yet.
func (db *DB) FolderID(ctx context.Context) (id string, err error) {
	err = db.queryRow(ctx, "SELECT id FROM data_folder").Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}

// SetFolderID records the id of the data folder that the database belongs to.
func (db *DB) SetFolderID(ctx context.Context, id string) error {
	return db.update(ctx, func(tx *transaction) error {
		_, err := tx.Exec("INSERT OR REPLACE INTO data_folder (one, id) VALUES (1, ?)", id)
		return err
	})
}

// UnknownArrivals returns those of some arrivals that have no row.
func (db *DB) UnknownArrivals(ctx context.Context, ids []run.ArrivalID) ([]run.ArrivalID, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	rows, err := db.query(ctx, "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM arrival) ORDER BY key", string(list))
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(id *run.ArrivalID) []any { return []any{id} })
}
