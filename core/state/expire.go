package state

import (
	"context"
	"fmt"

	"github.com/raddeploy/raddeploy/core/run"
)

// DropRun removes the rows of a run whose files are gone, up to most rows of
// delivered objects at a time, so that no other write waits long. False: call it
// again for the rest.
func (db *DB) DropRun(ctx context.Context, seq int64, most int) (done bool, err error) {
	err = db.update(ctx, func(tx *transaction) error {
		done = false
		if err := mayDrop(tx, run.RemoveRuns, seq); err != nil {
			return err
		}
		n, err := tx.changed(`DELETE FROM delivery_object WHERE (delivery, file) IN (
			SELECT o.delivery, o.file FROM delivery d JOIN delivery_object o ON o.delivery = d.id WHERE d.run = ? LIMIT ?)`, seq, most)
		if err != nil || n == int64(most) {
			return err
		}
		done = true
		return dropRun(tx, seq)
	})
	return done && err == nil, err
}

// dropRun removes the last rows of a run, and its flow as it was if no other run
// is of it.
func dropRun(tx *transaction, seq int64) error {
	var digest string
	if err := tx.QueryRow("SELECT digest FROM run WHERE seq = ?", seq).Scan(&digest); err != nil {
		return err
	}
	for _, statement := range []string{
		"DELETE FROM delivery_commitment WHERE delivery IN (SELECT id FROM delivery WHERE run = ?)",
		"DELETE FROM delivery WHERE run = ?", "DELETE FROM attempt WHERE run = ?", "DELETE FROM task WHERE run = ?",
		"DELETE FROM selection WHERE run = ?", "DELETE FROM run_study WHERE run = ?", "DELETE FROM run WHERE seq = ?",
	} {
		if _, err := tx.Exec(statement, seq); err != nil {
			return err
		}
	}
	_, err := tx.Exec("DELETE FROM definition WHERE digest = ? AND NOT EXISTS (SELECT 1 FROM run WHERE digest = ?)", digest, digest)
	return err
}

// DropArrival removes the rows of an arrival whose files are gone and that no
// run is of and no arrival of a series or study, up to most rows of objects at a
// time. An object that another arrival holds too stays. False: call it again for
// the rest.
func (db *DB) DropArrival(ctx context.Context, seq int64, most int) (done bool, err error) {
	err = db.update(ctx, func(tx *transaction) error {
		done = false
		if err := mayDrop(tx, run.RemoveArrivals, seq); err != nil {
			return err
		}
		rows, err := tx.Query("SELECT object FROM arrival_object WHERE arrival = ? ORDER BY object LIMIT ?", seq, most)
		if err != nil {
			return err
		}
		objects, err := scanAll(rows, func(id *int64) []any { return []any{id} })
		if err != nil {
			return err
		}
		for _, object := range objects {
			if _, err := tx.Exec("DELETE FROM arrival_object WHERE arrival = ? AND object = ?", seq, object); err != nil {
				return err
			}
			if _, err := tx.Exec("DELETE FROM object WHERE id = ? AND NOT EXISTS (SELECT 1 FROM arrival_object WHERE object = ?)", object, object); err != nil {
				return err
			}
		}
		if len(objects) == most {
			return nil
		}
		done = true
		for _, statement := range []string{
			"DELETE FROM arrival_sender WHERE arrival = ?", "DELETE FROM commitment_arrival WHERE arrival = ?", "UPDATE arrival SET previous = NULL WHERE previous = ?",
			"DELETE FROM arrival WHERE seq = ?",
		} {
			if _, err := tx.Exec(statement, seq); err != nil {
				return err
			}
		}
		return nil
	})
	return done && err == nil, err
}

// mayDrop returns an error for a row that still stands for files, or that
// another one needs: rows are all that tells of files.
func mayDrop(tx *transaction, kind run.RemovalKind, seq int64) error {
	query := `SELECT count(*) FROM run r WHERE r.seq = ? AND r.files_removed > 0 AND r.logs_removed > 0
		AND NOT EXISTS (SELECT 1 FROM removal m WHERE m.kind <> 'objects' AND m.seq = r.seq)`
	if kind == run.RemoveArrivals {
		query = `SELECT count(*) FROM arrival a WHERE a.seq = ? AND a.files_removed > 0
		AND NOT EXISTS (SELECT 1 FROM run r WHERE r.arrival = a.seq)
		AND NOT EXISTS (SELECT 1 FROM arrival_sender s WHERE s.association = a.seq)
		AND NOT EXISTS (SELECT 1 FROM removal m WHERE m.kind = 'objects' AND m.seq = a.seq)`
	}
	var n int
	if err := tx.QueryRow(query, seq).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("number %d of the %s still has files or runs", seq, kind)
	}
	return nil
}

// changed is Exec for a statement of which the number of changed rows counts.
func (t *transaction) changed(query string, args ...any) (int64, error) {
	result, err := t.Exec(query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
