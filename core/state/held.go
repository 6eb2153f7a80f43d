package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/raddeploy/raddeploy/core/run"
)

// ActOnArrival records an operator's action on an arrival, and the state and
// reason that are decided from how the arrival stands at that moment. A state of
// "" changes and records nothing.
func (db *DB) ActOnArrival(ctx context.Context, e run.Entry, decide func(run.Holding) (run.ArrivalState, string, error)) error {
	return db.update(ctx, func(tx *transaction) error {
		h, err := holding(tx, run.ArrivalID(e.ID))
		if err != nil {
			return err
		}
		to, reason, err := decide(h)
		if err != nil || to == "" {
			return err
		}
		if err := transition(tx, withID(run.ArrivalID(e.ID)), to, ", reason = ?, completed = ?", reason, stamp(e.At)); err != nil {
			return err
		}
		e.Before, e.After = string(h.State), string(to)
		return record(tx, e)
	})
}

func holding(tx *transaction, id run.ArrivalID) (h run.Holding, err error) {
	err = tx.QueryRow(`SELECT state, reason,
		coalesce((SELECT action FROM journal WHERE thing = 'arrival' AND id = arrival.id AND result = 'done' ORDER BY seq DESC LIMIT 1), '')
		FROM arrival WHERE id = ?`, id).Scan(&h.State, &h.Reason, &h.Last)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("arrival %s: %w", id, ErrNotFound)
	}
	return h, err
}
