package state

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// Committed returns a channel that is closed after the next commit. Take it
// first, then look at what may have changed.
func (db *DB) Committed() <-chan struct{} { return db.changed.Changed() }

// AddEvents records what happened outside the database. What happens in it has
// its events in the same commit.
func (db *DB) AddEvents(ctx context.Context, events []run.Event) error {
	return db.update(ctx, func(tx *transaction) error {
		for _, e := range events {
			tx.happened(e)
		}
		return nil
	})
}

// happened has an event written when the transaction ends; without a time, with that
// of the end. A trigger would make SQLite keep a copy of each page that its statement
// changes.
func (t *transaction) happened(e run.Event) { t.ends.events = append(t.ends.events, e) }

// arrivalIs tells of the state of an arrival. An association that is only a part
// of others is in no list.
func (t *transaction) arrivalIs(id run.ArrivalID, state run.ArrivalState, rule flow.Rule) {
	if rule != flow.NoRule {
		t.happened(run.Event{Kind: run.OfArrival, ID: string(id), State: string(state)})
	}
}

// moved tells of a transition of what at picks. Those of attempts and of what peers
// ask for are told by what follows from them.
func moved(tx *transaction, kind run.Kind, at row, state string) error {
	e := run.Event{Kind: kind, ID: at.id, State: state}
	switch kind {
	case run.OfArrival:
		var rule flow.Rule
		err := tx.QueryRow("SELECT rule FROM arrival WHERE id = ?", at.id).Scan(&rule)
		tx.arrivalIs(run.ArrivalID(at.id), run.ArrivalState(state), rule)
		return err
	case run.OfTask:
		e.ID, e.Run = at.number, at.run
	case run.OfDelivery:
		if err := tx.QueryRow("SELECT r.id FROM delivery d JOIN run r ON r.seq = d.run WHERE d.id = ?", at.number).Scan(&e.Run); err != nil {
			return err
		}
	case run.OfRun:
	default:
		return nil
	}
	tx.happened(e)
	return nil
}

// eventsAtOnce is how many events one statement writes.
const eventsAtOnce = 16

// addEvents writes events, in their order.
func addEvents(tx *transaction, events []run.Event, now time.Time) error {
	const columns = 5
	args := make([]any, 0, columns*min(len(events), eventsAtOnce))
	for some := range slices.Chunk(events, eventsAtOnce) {
		args = args[:0]
		for _, e := range some {
			if e.At.IsZero() {
				e.At = now
			}
			args = append(args, stamp(e.At), string(e.Kind), e.ID, e.State, string(e.Run))
		}
		if _, err := tx.Exec("INSERT INTO event (at, kind, id, state, run) VALUES (?, ?, ?, ?, ?)"+strings.Repeat(", (?, ?, ?, ?, ?)", len(some)-1), args...); err != nil {
			return err
		}
	}
	return nil
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
