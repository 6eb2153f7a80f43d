package state

import (
	"context"

	"github.com/raddeploy/raddeploy/core/run"
)

// ListObjects records the files of a delivery, once: before its first try.
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

// BeginTry records that a delivery is being sent.
func (db *DB) BeginTry(ctx context.Context, delivery int64) error {
	return db.update(ctx, func(tx *transaction) error {
		return transition(tx, withNumber(delivery), run.DeliverySending, ", tries = tries + 1")
	})
}

// SetResults records what became of objects of a delivery.
func (db *DB) SetResults(ctx context.Context, objects []run.DeliveryObject) error {
	return db.update(ctx, func(tx *transaction) error { return setResults(tx, objects) })
}

func setResults(tx *transaction, objects []run.DeliveryObject) error {
	for _, o := range objects {
		if _, err := tx.Exec("UPDATE delivery_object SET state = ?, status = ?, reason = ?, breaks = ? WHERE delivery = ? AND file = ?",
			o.State, o.Status, o.Reason, o.Breaks, o.Delivery, o.File); err != nil {
			return err
		}
	}
	return nil
}

// EndTry records the end of a try, and what is decided about the delivery's run
// if the delivery has ended with it.
func (db *DB) EndTry(ctx context.Context, end run.TryEnd, decide run.Finish) error {
	return db.update(ctx, func(tx *transaction) error { return db.endTry(tx, end, decide) })
}

func (db *DB) endTry(tx *transaction, end run.TryEnd, decide run.Finish) error {
	tx.ends.clock = true
	set, args := ", reason = ?, next_try = ?", []any{end.Reason, stamp(end.Next)}
	switch {
	case end.State.Final():
		set, args = set+", finished = ?", append(args, stamp(end.At))
	case end.State == run.DeliveryUncommitted:
		set, args = set+", uncommitted_since = max(uncommitted_since, iif(uncommitted_since = 0, ?, 0))", append(args, max(1, int64(db.Running())))
	}
	if err := transition(tx, withNumber(end.Delivery), end.State, set, args...); err != nil {
		return err
	}
	if err := pause(tx, end); err != nil {
		return err
	}
	if !end.State.Final() {
		return nil
	}
	all, err := siblings(tx, "(SELECT run FROM delivery WHERE id = ?)", end.Delivery)
	if err != nil {
		return err
	}
	to, reason := decide(all)
	return moveRun(tx, Settlement{Run: all[0].Run, At: end.At, State: to, Reason: reason})
}

// pause has a destination left alone that took no association, in one row however
// many deliveries wait for it, or not any more.
func pause(tx *transaction, end run.TryEnd) (err error) {
	switch {
	case end.Missed > 0:
		_, err = tx.Exec(`INSERT OR REPLACE INTO destination_pause (host, port, ae_title, missed, until)
			SELECT host, port, ae_title, ?, ? FROM delivery WHERE id = ?`, end.Missed, stamp(end.Next), end.Delivery)
	case end.Reached:
		_, err = tx.Exec("DELETE FROM destination_pause WHERE (host, port, ae_title) = (SELECT host, port, ae_title FROM delivery WHERE id = ?)", end.Delivery)
	}
	return err
}

// Of a delivery d and the pause p of its destination: when it is tried next.
const (
	pausing  = "LEFT JOIN destination_pause p ON d.state = 'pending' AND p.host = d.host AND p.port = d.port AND p.ae_title = d.ae_title"
	nextTime = "max(d.next_try, coalesce(p.until, 0))"
)

// siblings reads the deliveries of the run whose sequence number an SQL
// expression says.
func siblings(tx *transaction, seq string, args ...any) ([]run.Delivery, error) {
	rows, err := tx.Query(`SELECT d.id, r.id, d.name, d.host, d.port, d.ae_title, d.state, d.tries, d.reason, d.superseded
		FROM delivery d JOIN run r ON r.seq = d.run WHERE d.run = `+seq+` ORDER BY d.id`, args...)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(d *run.Delivery) []any {
		return []any{&d.ID, &d.Run, &d.Destination.Name, &d.Destination.Host, &d.Destination.Port, &d.Destination.AETitle, &d.State, &d.Tries, &d.Reason, &d.Superseded}
	})
}

// Deliveries returns the deliveries of a run.
func (db *DB) Deliveries(ctx context.Context, id run.ID) ([]run.Delivery, error) {
	return db.deliveries(ctx, db.query, "WHERE r.id = ? ORDER BY d.id", id)
}

// DeliveryObjects returns the files of a delivery by name, and whether they
// have been listed at all.
func (db *DB) DeliveryObjects(ctx context.Context, delivery int64) (objects []run.DeliveryObject, listed bool, err error) {
	if err := db.queryRow(ctx, "SELECT listed FROM delivery WHERE id = ?", delivery).Scan(&listed); err != nil {
		return nil, false, err
	}
	rows, err := db.query(ctx, deliveryObjects, delivery)
	if err != nil {
		return nil, false, err
	}
	objects, err = scanDeliveryObjects(rows)
	return objects, listed, err
}

const deliveryObjects = `SELECT delivery, file, sop_class, sop_instance, transfer_syntax, state, status, reason, breaks
		FROM delivery_object WHERE delivery = ? ORDER BY file`

func scanDeliveryObjects(rows found) ([]run.DeliveryObject, error) {
	return scanAll(rows, func(o *run.DeliveryObject) []any {
		return []any{&o.Delivery, &o.File, &o.SOPClassUID, &o.SOPInstanceUID, &o.TransferSyntaxUID, &o.State, &o.Status, &o.Reason, &o.Breaks}
	})
}

func (db *DB) deliveries(ctx context.Context, query querying, tail string, args ...any) ([]run.Delivery, error) {
	rows, err := query(ctx, `SELECT d.id, r.id, d.name, d.host, d.port, d.ae_title, d.state, d.tries, `+nextTime+`, d.since, d.reason,
		(SELECT count(*) FROM delivery_object o WHERE o.delivery = d.id),
		(SELECT count(*) FROM delivery_object o WHERE o.delivery = d.id AND (o.state = 'sent' OR o.state = 'committed')), d.finished, d.superseded,
		(SELECT count(*) FROM delivery_object o WHERE o.delivery = d.id AND o.state = 'committed'),
		(SELECT count(*) FROM delivery_commitment c WHERE c.delivery = d.id), d.uncommitted_since
		FROM delivery d JOIN run r ON r.seq = d.run `+pausing+` `+tail, args...)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (d run.Delivery, err error) {
		var next, finished int64
		err = scan(&d.ID, &d.Run, &d.Destination.Name, &d.Destination.Host, &d.Destination.Port, &d.Destination.AETitle, &d.State, &d.Tries,
			&next, &d.Since, &d.Reason, &d.Objects, &d.SentObjects, &finished, &d.Superseded, &d.Committed, &d.Asks, &d.UncommittedSince)
		d.NextTry, d.Finished = unstamp(next), unstamp(finished)
		return d, err
	})
}
