package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// AddRun records a run that an operator wants on an arrival, unless allow
// returns an error for the arrival's state at that moment.
func (db *DB) AddRun(ctx context.Context, e run.Entry, arrival run.ArrivalID, r run.Run, tasks []string, allow func(at run.ArrivalState, filesRemoved time.Time) error) error {
	return db.update(ctx, func(tx *transaction) error {
		at, removed, err := arrivalState(tx, arrival)
		if err != nil {
			return err
		}
		if err := allow(at, removed); err != nil {
			return err
		}
		if err := addRun(tx, arrival, r, tasks); err != nil {
			return err
		}
		return record(tx, e)
	})
}

func arrivalState(tx *transaction, id run.ArrivalID) (at run.ArrivalState, filesRemoved time.Time, err error) {
	var removed int64
	err = tx.QueryRow("SELECT state, files_removed FROM arrival WHERE id = ?", id).Scan(&at, &removed)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("arrival %s: %w", id, ErrNotFound)
	}
	return at, unstamp(removed), err
}
