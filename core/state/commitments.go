package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

const commitmentColumns = `c.id, c.calling_ae, c.called_ae, c.address, c.uid, c.state, c.asked_for, c.committed, c.asked, c.since, c.tries,
	c.next_try, c.reason, c.finished`

func scanCommitment(scan func(...any) error) (c run.Commitment, err error) {
	var asked, next, finished int64
	err = scan(&c.ID, &c.Peer.CallingAE, &c.Peer.CalledAE, &c.Peer.Address, &c.Transaction, &c.State, &c.Instances, &c.Committed,
		&asked, &c.Since, &c.Tries, &next, &c.Reason, &finished)
	c.Asked, c.NextTry, c.Finished = unstamp(asked), unstamp(next), unstamp(finished)
	return c, err
}

// AskCommitment records a request of a peer for storage commitment, if decide says
// so, and returns its id. One that the peer made before is asked anew.
func (db *DB) AskCommitment(ctx context.Context, c run.Commitment, refs []run.Reference, decide run.AskCommitment) (id int64, err error) {
	instances, err := json.Marshal(refs)
	if err != nil {
		return 0, err
	}
	err = db.update(ctx, func(tx *transaction) error {
		before, kept, err := commitmentOf(tx, c)
		if err != nil {
			return err
		}
		var ofPeer, all int
		if err := tx.QueryRow("SELECT count(*) FILTER (WHERE calling_ae = ? AND address = ?), count(*) FROM commitment WHERE state = 'asked' OR state = 'decided'",
			c.Peer.CallingAE, c.Peer.Address).Scan(&ofPeer, &all); err != nil {
			return err
		}
		record, err := decide(before, string(kept) == string(instances), ofPeer, all)
		if before != nil {
			id = before.ID
		}
		if err != nil || !record {
			return err
		}
		if before != nil {
			return reopen(tx, withNumber(id), run.CommitmentAsked, ", called_ae = ?, asked = ?, since = ?, tries = 0, next_try = 0, reason = '', finished = 0",
				c.Peer.CalledAE, stamp(c.Asked), int64(c.Since))
		}
		result, err := tx.Exec(`INSERT INTO commitment (calling_ae, called_ae, address, uid, state, instances, failed, asked_for, asked, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			c.Peer.CallingAE, c.Peer.CalledAE, c.Peer.Address, c.Transaction, run.CommitmentAsked, instances, []byte("[]"), len(refs), stamp(c.Asked), int64(c.Since))
		if err != nil {
			return err
		}
		id, err = result.LastInsertId()
		return err
	})
	return id, err
}

// commitmentOf reads the request that a peer made with a transaction UID, and its
// instances; nil: none.
func commitmentOf(tx *transaction, c run.Commitment) (*run.Commitment, []byte, error) {
	var instances []byte
	before, err := scanCommitment(func(targets ...any) error {
		return tx.QueryRow("SELECT "+commitmentColumns+", c.instances FROM commitment c WHERE c.calling_ae = ? AND c.address = ? AND c.uid = ?",
			c.Peer.CallingAE, c.Peer.Address, c.Transaction).Scan(append(targets, &instances)...)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, nil
	}
	return &before, instances, err
}

// OpenCommitments returns the requests that are to be decided or reported, oldest
// first.
func (db *DB) OpenCommitments(ctx context.Context) ([]run.Commitment, error) {
	return db.commitments(ctx, "WHERE c.state = 'asked' OR c.state = 'decided' ORDER BY c.asked, c.id")
}

// Commitments returns the newest requests, newest first.
func (db *DB) Commitments(ctx context.Context, limit int) ([]run.Commitment, error) {
	return db.commitments(ctx, "ORDER BY c.asked DESC, c.id DESC LIMIT ?", limit)
}

// CommitmentsOf returns the requests that named instances which an arrival holds and
// that were committed to, oldest first.
func (db *DB) CommitmentsOf(ctx context.Context, arrival run.ArrivalID) ([]run.Commitment, error) {
	return db.commitments(ctx, `JOIN commitment_arrival ca ON ca.commitment = c.id
		WHERE ca.arrival = (SELECT seq FROM arrival WHERE id = ?) ORDER BY c.asked, c.id`, arrival)
}

func (db *DB) commitments(ctx context.Context, tail string, args ...any) ([]run.Commitment, error) {
	rows, err := db.query(ctx, "SELECT "+commitmentColumns+" FROM commitment c "+tail, args...)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, scanCommitment)
}

// CommitmentInstances returns what a request asks for and, of one that is decided,
// what failed of it.
func (db *DB) CommitmentInstances(ctx context.Context, id int64) (refs []run.Reference, failed []run.Uncommitted, err error) {
	var instances, failures []byte
	if err := db.queryRow(ctx, "SELECT instances, failed FROM commitment WHERE id = ?", id).Scan(&instances, &failures); err != nil {
		return nil, nil, err
	}
	return refs, failed, errors.Join(json.Unmarshal(instances, &refs), json.Unmarshal(failures, &failed))
}

// askedFor reports whether objects that an association brought are committed to, or
// asked for in a request that is not decided.
func askedFor(tx *transaction, association run.ArrivalID) (asked bool, err error) {
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM commitment_arrival WHERE arrival = (SELECT seq FROM arrival WHERE id = ?1))
		OR EXISTS (SELECT 1 FROM commitment c CROSS JOIN json_each(c.instances) i CROSS JOIN object o ON o.sop_instance = i.value ->> 'SOPInstanceUID'
			WHERE c.state = 'asked' AND o.file >= ?1 || '/' AND o.file < ?1 || '0')`, association).Scan(&asked)
	return asked, err
}

// Stored returns the objects of some SOP instances, oldest first, each with every
// arrival that holds it and whose objects are kept. Of a discarded one they may be
// gone.
func (db *DB) Stored(ctx context.Context, instances []dcm.UID) ([]run.Stored, error) {
	list, err := json.Marshal(instances)
	if err != nil {
		return nil, err
	}
	rows, err := db.query(ctx, `SELECT o.id, o.file, o.sop_class, o.sop_instance, a.seq, a.state
		FROM json_each(?) w CROSS JOIN object o ON o.sop_instance = w.value
		CROSS JOIN arrival_object ao ON ao.object = o.id CROSS JOIN arrival a ON a.seq = ao.arrival
		WHERE a.files_removed = 0 ORDER BY o.id, a.seq`, string(list))
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(s *run.Stored) []any {
		return []any{&s.ID, &s.File, &s.SOPClassUID, &s.SOPInstanceUID, &s.Arrival, &s.State}
	})
}

// DecideCommitment records what of a request is committed to.
func (db *DB) DecideCommitment(ctx context.Context, d run.Decided) error {
	failed, err := json.Marshal(d.Failed)
	if err != nil {
		return err
	}
	return db.update(ctx, func(tx *transaction) error {
		if err := transition(tx, withNumber(d.ID), run.CommitmentDecided, ", failed = ?, committed = asked_for - ?, next_try = ?", failed, len(d.Failed), stamp(d.At)); err != nil {
			return err
		}
		if _, err := tx.Exec("DELETE FROM commitment_arrival WHERE commitment = ?", d.ID); err != nil {
			return err
		}
		for arrival, objects := range d.Arrivals {
			if _, err := tx.Exec(`INSERT INTO commitment_arrival (commitment, arrival, objects) SELECT ?, seq, ? FROM arrival WHERE seq = ?`, d.ID, objects, arrival); err != nil {
				return err
			}
		}
		return nil
	})
}

// EndReport records how a try at a report ended.
func (db *DB) EndReport(ctx context.Context, end run.CommitmentEnd) error {
	return db.update(ctx, func(tx *transaction) error {
		tx.ends.clock = true
		if end.State.Final() {
			return transition(tx, withNumber(end.ID), end.State, ", tries = tries + 1, reason = ?, finished = ?", end.Reason, stamp(end.At))
		}
		n, err := tx.changed("UPDATE commitment SET tries = tries + 1, reason = ?, next_try = ? WHERE id = ? AND state = ?", end.Reason, stamp(end.Next), end.ID, end.State)
		if err != nil || n == 1 {
			return err
		}
		// the peer has asked again meanwhile: then it is not to be reported, but to be decided
		moved := &run.StateError{Thing: end.State.Thing(), ID: fmt.Sprint(end.ID), To: string(end.State)}
		if err := tx.QueryRow("SELECT state FROM commitment WHERE id = ?", end.ID).Scan(&moved.From); err != nil {
			return fmt.Errorf("commitment %d: %w", end.ID, err)
		}
		return moved
	})
}

// ForgetCommitments removes up to most requests that ended before a moment. False:
// call it again for the rest.
func (db *DB) ForgetCommitments(ctx context.Context, before time.Time, most int) (done bool, err error) {
	err = db.update(ctx, func(tx *transaction) error {
		done = false
		const old = "SELECT id FROM commitment WHERE finished > 0 AND finished < ? ORDER BY finished LIMIT ?"
		if _, err := tx.Exec("DELETE FROM commitment_arrival WHERE commitment IN ("+old+")", stamp(before), most); err != nil {
			return err
		}
		n, err := tx.changed("DELETE FROM commitment WHERE id IN ("+old+")", stamp(before), most)
		done = n < int64(most)
		return err
	})
	return done && err == nil, err
}
