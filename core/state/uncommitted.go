package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// uncommitted reads all rows in that state, and of the rest of what is known of a
// delivery only that of those it returns.
const uncommitted = `WHERE d.id IN (SELECT id FROM (
		SELECT id, row_number() OVER (PARTITION BY host, port, ae_title ORDER BY next_try, id) first,
			row_number() OVER (PARTITION BY host, port, ae_title ORDER BY next_try DESC, id DESC) last
		FROM delivery WHERE state = 'uncommitted') WHERE first = 1 OR last = 1)
	ORDER BY d.next_try, d.id`

// Uncommitted returns, of each destination, the delivery that it has not committed
// to and is to be asked for first, and the one that is last, in the order in which
// they are to be asked for. One destination has only one request at a time, and the
// many that wait for it must not hide those of another.
func (db *DB) Uncommitted(ctx context.Context) ([]run.Delivery, error) {
	return db.deliveries(ctx, db.query, uncommitted)
}

// TryCommit records that a destination is asked for commitment: before it is.
func (db *DB) TryCommit(ctx context.Context, try run.CommitTry) error {
	return db.update(ctx, func(tx *transaction) error {
		tx.ends.clock = true
		n, err := tx.changed("UPDATE delivery SET reason = ?, next_try = ? WHERE id = ? AND state = 'uncommitted' AND tries = ?",
			try.Reason, stamp(try.Next), try.Delivery, try.Tries)
		if err != nil {
			return err
		}
		if n == 0 {
			return &run.StateError{Thing: "delivery", ID: fmt.Sprint(try.Delivery), From: "another state", To: string(run.DeliveryUncommitted)}
		}
		for _, uid := range try.Transactions {
			if _, err := tx.Exec("INSERT INTO delivery_commitment (uid, delivery, asked, tries) VALUES (?, ?, ?, ?)", uid, try.Delivery, stamp(try.At), try.Tries); err != nil {
				return err
			}
		}
		return nil
	})
}

// ReportCommitment records what a destination reports on a transaction, as decide
// says, and what finish then says of the run. Of a delivery that is not uncommitted
// any more nothing changes. A transaction that is unknown is ErrNotFound.
func (db *DB) ReportCommitment(ctx context.Context, uid dcm.UID, decide run.Report, finish run.Finish) (changed run.DeliveryState, err error) {
	err = db.update(ctx, func(tx *transaction) error {
		changed = ""
		var asked run.AskedCommit
		d := &asked.Delivery
		err := tx.QueryRow(`SELECT d.id, r.id, d.name, d.host, d.port, d.ae_title, d.state, d.tries, c.tries FROM delivery_commitment c JOIN delivery d ON d.id = c.delivery JOIN run r ON r.seq = d.run
			WHERE c.uid = ?`, uid).Scan(&d.ID, &d.Run, &d.Destination.Name, &d.Destination.Host, &d.Destination.Port, &d.Destination.AETitle, &d.State, &d.Tries, &asked.Tries)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("transaction: %w", ErrNotFound)
		}
		if err != nil || d.State != run.DeliveryUncommitted {
			return err
		}
		rows, err := tx.Query(deliveryObjects, d.ID)
		if err != nil {
			return err
		}
		if asked.Objects, err = scanDeliveryObjects(rows); err != nil {
			return err
		}
		reported := decide(asked)
		if err := setResults(tx, reported.Objects); err != nil {
			return err
		}
		changed = reported.End.State
		if changed == run.DeliveryUncommitted {
			return nil
		}
		return db.endTry(tx, reported.End, finish)
	})
	return changed, err
}
