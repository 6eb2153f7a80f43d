package state

import (
	"context"
	"database/sql"
	"errors"
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
