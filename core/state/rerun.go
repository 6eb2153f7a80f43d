package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/raddeploy/raddeploy/core/run"
)

// AddRun records a run that an operator wants on an arrival, unless allow
// returns an error for the arrival's state at that moment.
func (db *DB) AddRun(ctx context.Context, e run.Entry, arrival run.ArrivalID, r run.Run, tasks []string, allow func(run.ArrivalState) error) error {
	return db.update(ctx, func(tx *transaction) error {
		at, err := arrivalState(tx, arrival)
		if err != nil {
			return err
		}
		if err := allow(at); err != nil {
			return err
		}
		if err := addRun(tx, arrival, r, tasks); err != nil {
			return err
		}
		return record(tx, e)
	})
}

func arrivalState(tx *transaction, id run.ArrivalID) (at run.ArrivalState, err error) {
	err = tx.QueryRow("SELECT state FROM arrival WHERE id = ?", id).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("arrival %s: %w", id, ErrNotFound)
	}
	return at, err
}
