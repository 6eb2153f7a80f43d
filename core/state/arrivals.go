package state

import (
	"context"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// OpenArrival records a new arrival, in state receiving.
func (db *DB) OpenArrival(ctx context.Context, a run.Arrival) error {
	return db.update(ctx, func(tx *transaction) error {
		_, err := tx.Exec("INSERT INTO arrival (id, state, calling_ae, called_ae, address, opened, rule, refused) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			a.ID, run.ArrivalReceiving, a.Sender.CallingAE, a.Sender.CalledAE, a.Sender.Address, stamp(a.Opened), a.Rule, joinUIDs(a.Refused))
		tx.arrivalIs(a.ID, run.ArrivalReceiving, a.Rule)
		return err
	})
}

// AddObjects records objects of an association, and puts them into arrivals of
// series and studies as place decides; nil: into none.
func (db *DB) AddObjects(ctx context.Context, arrival run.ArrivalID, objects []run.Object, place run.Place) error {
	return db.update(ctx, func(tx *transaction) error { return addObjects(tx, arrival, objects, place) })
}

// CloseArrival ends the receiving of an association: it records its last
// objects as [DB.AddObjects] does, and what is decided from all that it then
// holds.
func (db *DB) CloseArrival(ctx context.Context, arrival run.ArrivalID, at time.Time, last []run.Object, place run.Place, decide run.Close) error {
	return db.update(ctx, func(tx *transaction) error {
		if err := addObjects(tx, arrival, last, place); err != nil {
			return err
		}
		this, err := content(tx, arrival)
		if err != nil {
			return err
		}
		if this.Asked, err = askedFor(tx, arrival); err != nil {
			return err
		}
		closing, err := decide(this, func() (run.Tries, error) { return tries(tx, this) })
		if err != nil {
			return err
		}
		if closing.Own {
			if err := own(tx, arrival); err != nil {
				return err
			}
		}
		if err := transition(tx, withID(arrival), closing.State, ", reason = ?, completed = ?", closing.Reason, stamp(at)); err != nil {
			return err
		}
		for _, old := range closing.Supersedes {
			if err := supersede(tx, arrival, old); err != nil {
				return err
			}
		}
		return nil
	})
}

func addObjects(tx *transaction, arrival run.ArrivalID, objects []run.Object, place run.Place) error {
	if len(objects) == 0 {
		return nil
	}
	var seq int64
	var rule flow.Rule
	if err := tx.QueryRow("SELECT seq, rule FROM arrival WHERE id = ?", arrival).Scan(&seq, &rule); err != nil {
		return fmt.Errorf("arrival %s: %w", arrival, err)
	}
	first, err := insertObjects(tx, objects)
	if err != nil {
		return err
	}
	if rule != flow.NoRule {
		if _, err := tx.Exec("INSERT INTO arrival_object (arrival, object) SELECT ?, id FROM object WHERE id BETWEEN ? AND ?",
			seq, first, first+int64(len(objects))-1); err != nil {
			return err
		}
	}
	return placeObjects(tx, seq, first, place)
}

const arrivalColumns = `a.seq, a.id, a.state, a.calling_ae, a.called_ae, a.address, a.opened, a.completed, a.reason, a.files_removed,
	a.rule, a.uid, a.revision, coalesce((SELECT p.id FROM arrival p WHERE p.seq = a.previous), ''), a.last, a.deadline, a.completion,
	CASE WHEN a.uid <> '' THEN ` + sendersColumn + ` ELSE '' END,
	CASE WHEN a.uid <> '' THEN ` + refusedColumn + ` ELSE a.refused END,
	(SELECT count(*) FROM arrival_object ao WHERE ao.arrival = a.seq),
	(SELECT count(DISTINCT o.sop_instance) FROM arrival_object ao JOIN object o ON o.id = ao.object WHERE ao.arrival = a.seq),
	(SELECT coalesce(sum(o.size), 0) FROM arrival_object ao JOIN object o ON o.id = ao.object WHERE ao.arrival = a.seq)`

// ArrivalsIn returns the arrivals in one of these states, oldest first.
func (db *DB) ArrivalsIn(ctx context.Context, states ...run.ArrivalState) ([]run.Arrival, error) {
	return db.arrivals(ctx, db.query, "WHERE "+in("a.state", states)+" ORDER BY a.seq")
}

// Arrival returns the arrival whose id begins with prefix.
func (db *DB) Arrival(ctx context.Context, prefix string) (run.Arrival, error) {
	found, err := db.arrivals(ctx, db.query, "WHERE a.id >= ? AND a.id < ? ORDER BY a.seq LIMIT 2", prefix, prefix+"\x7f")
	return only(found, err, "arrival", prefix)
}

// Explanation returns why each flow did or did not trigger on an arrival, as it
// was stored when it was matched; nil before that.
func (db *DB) Explanation(ctx context.Context, id run.ArrivalID) ([]byte, error) {
	var explanation []byte
	err := db.queryRow(ctx, "SELECT explanation FROM arrival WHERE id = ?", id).Scan(&explanation)
	return explanation, err
}

func (db *DB) arrivals(ctx context.Context, query querying, tail string, args ...any) ([]run.Arrival, error) {
	rows, err := query(ctx, "SELECT "+arrivalColumns+" FROM arrival a "+tail, args...)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (a run.Arrival, err error) {
		var opened, completed, removed, last, deadline int64
		var senders, refused string
		err = scan(&a.Seq, &a.ID, &a.State, &a.Sender.CallingAE, &a.Sender.CalledAE, &a.Sender.Address, &opened, &completed, &a.Reason, &removed,
			&a.Rule, &a.UID, &a.Revision, &a.Previous, &last, &deadline, &a.Completion, &senders, &refused, &a.Objects, &a.Instances, &a.Bytes)
		a.Refused = splitUIDs(refused)
		a.FilesRemoved = unstamp(removed)
		a.Opened, a.Completed, a.Last, a.Deadline = unstamp(opened), unstamp(completed), unstamp(last), unstamp(deadline)
		if err == nil {
			a.Senders, err = readSenders(senders)
		}
		return a, err
	})
}
