package state

import (
	"context"
	"database/sql"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// ListObjects notes the files of a delivery, once: before its first try.
func (db *DB) ListObjects(ctx context.Context, delivery int64, objects []run.DeliveryObject) error {
	return db.update(ctx, func(tx *transaction) error {
		for _, o := range objects {
			if _, err := tx.Exec(`INSERT OR REPLACE INTO delivery_object
				(delivery, file, sop_class, sop_instance, transfer_syntax, state, reason) VALUES (?, ?, ?, ?, ?, ?, ?)`, delivery, o.File, o.SOPClassUID, o.SOPInstanceUID, o.TransferSyntaxUID, o.State, o.Reason); err != nil {
				return err
			}
		}
		_, err := tx.Exec("UPDATE delivery SET listed = 1 WHERE id = ?", delivery)
		return err
	})
}

// BeginTry notes that a delivery is being sent.
func (db *DB) BeginTry(ctx context.Context, delivery int64) error {
	return db.update(ctx, func(tx *transaction) error {
		return transition(tx, withNumber(delivery), run.DeliverySending, ", tries = tries + 1")
	})
}

// SetResults notes what became of objects of a delivery.
func (db *DB) SetResults(ctx context.Context, objects []run.DeliveryObject) error {
	return db.update(ctx, func(tx *transaction) error { return setResults(tx, objects) })
}

func setResults(tx *transaction, objects []run.DeliveryObject) error {
	for _, o := range objects {
		if _, err := tx.Exec("UPDATE delivery_object SET state = ?, status = ?, reason = ? WHERE delivery = ? AND file = ?", o.State, o.Status, o.Reason, o.Delivery, o.File); err != nil {
			return err
		}
	}
	return nil
}

// EndTry notes the last results of a try and what follows: the delivery is
// sent, has failed for good, or is pending until next. A run whose deliveries
// have all ended is done, or failed if one of them is.
func (db *DB) EndTry(ctx context.Context, delivery int64, to run.DeliveryState, reason string, next, at time.Time, last []run.DeliveryObject) error {
	return db.update(ctx, func(tx *transaction) error {
		if err := setResults(tx, last); err != nil {
			return err
		}
		set, args := ", reason = ?, next_try = ?", []any{reason, stamp(next)}
		if to.Final() {
			set, args = set+", finished = ?", append(args, stamp(at))
		}
		if err := transition(tx, withNumber(delivery), to, set, args...); err != nil {
			return err
		}
		if !to.Final() {
			return nil
		}
		return finishRun(tx, delivery, at)
	})
}

// finishRun ends the run of a delivery if it was the last one open.
func finishRun(tx *transaction, delivery int64, at time.Time) error {
	var id run.ID
	var open, failed int64
	var reason sql.NullString
	err := tx.QueryRow(`SELECT (SELECT id FROM run WHERE seq = this.run), sum(d.state IN ('pending', 'sending')), sum(d.state = 'failed'),
		max(CASE d.state WHEN 'failed' THEN 'delivery to ' || iif(d.name = '', d.ae_title, d.name) || ': ' || d.reason END)
		FROM delivery this JOIN delivery d ON d.run = this.run WHERE this.id = ?`, delivery).Scan(&id, &open, &failed, &reason)
	if err != nil || open > 0 {
		return err
	}
	if failed > 0 {
		return transition(tx, withID(id), run.Failed, ", reason = ?", reason.String)
	}
	return transition(tx, withID(id), run.Done, ", sent = ?", stamp(at))
}

// OpenDeliveries returns the deliveries that are not in a final state, oldest
// first. One that is in state sending was interrupted, or is being sent now.
func (db *DB) OpenDeliveries(ctx context.Context) ([]run.Delivery, error) {
	return db.deliveries(ctx, "WHERE d.state IN ('pending', 'sending') ORDER BY d.id")
}

// Deliveries returns the deliveries of a run.
func (db *DB) Deliveries(ctx context.Context, id run.ID) ([]run.Delivery, error) {
	return db.deliveries(ctx, "WHERE r.id = ? ORDER BY d.id", id)
}

// DeliveryObjects returns the files of a delivery by name, and whether they
// have been listed at all.
func (db *DB) DeliveryObjects(ctx context.Context, delivery int64) (objects []run.DeliveryObject, listed bool, err error) {
	if err := db.read.QueryRowContext(ctx, "SELECT listed FROM delivery WHERE id = ?", delivery).Scan(&listed); err != nil {
		return nil, false, err
	}
	rows, err := db.query(ctx, `SELECT delivery, file, sop_class, sop_instance, transfer_syntax, state, status, reason
		FROM delivery_object WHERE delivery = ? ORDER BY file`, delivery)
	if err != nil {
		return nil, false, err
	}
	objects, err = scanAll(rows, func(o *run.DeliveryObject) []any {
		return []any{&o.Delivery, &o.File, &o.SOPClassUID, &o.SOPInstanceUID, &o.TransferSyntaxUID, &o.State, &o.Status, &o.Reason}
	})
	return objects, listed, err
}

func (db *DB) deliveries(ctx context.Context, tail string, args ...any) ([]run.Delivery, error) {
	rows, err := db.query(ctx, `SELECT d.id, r.id, d.name, d.host, d.port, d.ae_title, d.state, d.tries, d.next_try, d.give_up, d.reason,
		(SELECT count(*) FROM delivery_object o WHERE o.delivery = d.id),
		(SELECT count(*) FROM delivery_object o WHERE o.delivery = d.id AND o.state = 'sent'), d.finished
		FROM delivery d JOIN run r ON r.seq = d.run `+tail, args...)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (d run.Delivery, err error) {
		var next, giveUp, finished int64
		err = scan(&d.ID, &d.Run, &d.Destination.Name, &d.Destination.Host, &d.Destination.Port, &d.Destination.AETitle, &d.State, &d.Tries,
			&next, &giveUp, &d.Reason, &d.Objects, &d.SentObjects, &finished)
		d.NextTry, d.GiveUp, d.Finished = unstamp(next), unstamp(giveUp), unstamp(finished)
		return d, err
	})
}
