package state

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// Committed returns a channel that is closed after the next commit. Take it
// first, then look at what may have changed.
func (db *DB) Committed() <-chan struct{} { return db.changed.Changed() }

// AddEvents records what happened outside the database. What happens in it has
// its events by triggers, in the same commit.
func (db *DB) AddEvents(ctx context.Context, events []run.Event) error {
	return db.update(ctx, func(tx *transaction) error {
		for _, e := range events {
			if _, err := tx.Exec("INSERT INTO event (at, kind, id, state, run) VALUES (?, ?, ?, ?, ?)", stamp(e.At), e.Kind, e.ID, e.State, e.Run); err != nil {
				return err
			}
		}
		return nil
	})
}

// EventsAfter returns up to most events that come after the one with this
// number, in their order.
func (db *DB) EventsAfter(ctx context.Context, seq int64, most int) ([]run.Event, error) {
	rows, err := db.query(ctx, "SELECT seq, at, kind, id, state, run FROM event WHERE seq > ? ORDER BY seq LIMIT ?", seq, most)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (e run.Event, err error) {
		var at int64
		err = scan(&e.Seq, &at, &e.Kind, &e.ID, &e.State, &e.Run)
		e.At = unstamp(at)
		return e, err
	})
}

// Events returns the numbers of the oldest and the newest event; 0: there is
// none.
func (db *DB) Events(ctx context.Context) (oldest, newest int64, err error) {
	err = db.queryRow(ctx, "SELECT coalesce((SELECT min(seq) FROM event), 0), coalesce((SELECT max(seq) FROM event), 0)").Scan(&oldest, &newest)
	return oldest, newest, err
}

// DropEvents removes up to most of the oldest events that happened before, but
// never the newest one. It returns how many.
func (db *DB) DropEvents(ctx context.Context, before time.Time, most int) (dropped int64, err error) {
	// A look costs no commit.
	var old bool
	err = db.queryRow(ctx, "SELECT EXISTS (SELECT 1 FROM event WHERE seq = (SELECT min(seq) FROM event) AND at < ?)", stamp(before)).Scan(&old)
	if err != nil || !old {
		return 0, err
	}
	err = db.update(ctx, func(tx *transaction) error {
		dropped, err = tx.changed(`DELETE FROM event WHERE seq < (SELECT max(seq) FROM event)
			AND seq < (SELECT min(seq) FROM event) + ? AND at < ?`, most, stamp(before))
		return err
	})
	return dropped, err
}
