package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

const keptRunColumns = `r.seq, r.id, r.arrival, r.state, r.created, r.finished, r.sent,
	(SELECT coalesce(max(d.finished), 0) FROM delivery d WHERE d.run = r.seq),
	(SELECT coalesce(group_concat(DISTINCT d.state), '') FROM delivery d WHERE d.run = r.seq),
	(SELECT coalesce(group_concat(DISTINCT t.state), '') FROM attempt t WHERE t.run = r.seq),
	r.files_removed, r.logs_removed`

const keptArrivalColumns = `a.seq, a.id, a.state, a.opened, a.completed, a.files_removed, a.rule,
	(SELECT coalesce(group_concat(DISTINCT n.state), '') FROM arrival n WHERE n.previous = a.seq),
	(SELECT count(*) FROM arrival_sender s WHERE s.association = a.seq)`

// KeptArrivals returns up to most arrivals that still have what is named, oldest
// first, each with its runs: those newer than the one with this sequence number.
func (db *DB) KeptArrivals(ctx context.Context, kind run.RemovalKind, after int64, most int) ([]run.KeptArrival, error) {
	from := map[run.RemovalKind]string{
		run.RemoveObjects:  "arrival a INDEXED BY arrival_files WHERE a.files_removed = 0 AND",
		run.RemoveArrivals: "arrival a WHERE",
	}[kind]
	rows, err := db.query(ctx, "SELECT "+keptArrivalColumns+" FROM "+from+" a.seq > ? ORDER BY a.seq LIMIT ?", after, most)
	if err != nil {
		return nil, err
	}
	arrivals, err := scanRows(rows, scanKeptArrival)
	if err != nil || len(arrivals) == 0 {
		return nil, err
	}
	seqs, at := make([]int64, len(arrivals)), make(map[int64]int, len(arrivals))
	for i, a := range arrivals {
		seqs[i], at[a.Seq] = a.Seq, i
	}
	list, err := json.Marshal(seqs)
	if err != nil {
		return nil, err
	}
	if rows, err = db.query(ctx, "SELECT "+keptRunColumns+" FROM run r WHERE r.arrival IN (SELECT value FROM json_each(?)) ORDER BY r.seq", string(list)); err != nil {
		return nil, err
	}
	runs, err := scanRows(rows, scanKeptRun)
	for _, r := range runs {
		a := &arrivals[at[r.Arrival]]
		a.Runs = append(a.Runs, r)
	}
	return arrivals, err
}

// KeptRuns returns up to most runs that still have what is named, oldest first:
// those newer than the one with this sequence number.
func (db *DB) KeptRuns(ctx context.Context, kind run.RemovalKind, after int64, most int) ([]run.KeptRun, error) {
	from := map[run.RemovalKind]string{
		run.RemoveOutputs: "run r INDEXED BY run_files WHERE r.files_removed = 0 AND",
		run.RemoveLogs:    "run r INDEXED BY run_logs WHERE r.logs_removed = 0 AND",
		run.RemoveRuns:    "run r WHERE",
	}[kind]
	rows, err := db.query(ctx, "SELECT "+keptRunColumns+" FROM "+from+" r.seq > ? ORDER BY r.seq LIMIT ?", after, most)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, scanKeptRun)
}

// ArrivalBytes returns the bytes of an arrival's objects.
func (db *DB) ArrivalBytes(ctx context.Context, seq int64) (bytes int64, err error) {
	err = db.queryRow(ctx, `SELECT coalesce(sum(o.size), 0) FROM arrival_object ao JOIN object o ON o.id = ao.object
		WHERE ao.arrival = ?`, seq).Scan(&bytes)
	return bytes, err
}

// MarkObjects records that the objects of an arrival are removed, if decide says
// so of what is known in that transaction. From this commit on nothing may
// begin that needs them.
func (db *DB) MarkObjects(ctx context.Context, seq int64, at time.Time, decide func(run.KeptArrival) bool) (marked bool, err error) {
	err = db.update(ctx, func(tx *transaction) error {
		marked = false
		arrival, err := keptArrival(tx, seq)
		if err != nil || !arrival.FilesRemoved.IsZero() || !decide(arrival) {
			return err
		}
		marked = true
		if _, err := tx.Exec("UPDATE arrival SET files_removed = ? WHERE seq = ?", stamp(at), seq); err != nil {
			return err
		}
		return addRemoval(tx, run.RemoveObjects, seq, at)
	})
	return marked && err == nil, err
}

// MarkOutputs is MarkObjects for the inputs, outputs and working folders of a run.
func (db *DB) MarkOutputs(ctx context.Context, seq int64, at time.Time, decide func(run.KeptRun) bool) (bool, error) {
	return db.markRun(ctx, seq, at, run.RemoveOutputs, "UPDATE run SET files_removed = ? WHERE seq = ? AND files_removed = 0", decide)
}

// MarkLogs is MarkObjects for what the tasks of a run printed.
func (db *DB) MarkLogs(ctx context.Context, seq int64, at time.Time, decide func(run.KeptRun) bool) (bool, error) {
	return db.markRun(ctx, seq, at, run.RemoveLogs, "UPDATE run SET logs_removed = ? WHERE seq = ? AND logs_removed = 0", decide)
}

func (db *DB) markRun(ctx context.Context, seq int64, at time.Time, kind run.RemovalKind, mark string, decide func(run.KeptRun) bool) (marked bool, err error) {
	err = db.update(ctx, func(tx *transaction) error {
		marked = false
		rows, err := tx.Query("SELECT "+keptRunColumns+" FROM run r WHERE r.seq = ?", seq)
		if err != nil {
			return err
		}
		found, err := scanRows(rows, scanKeptRun)
		if err != nil || len(found) == 0 || !decide(found[0]) {
			return err
		}
		result, err := tx.Exec(mark, stamp(at), seq)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		marked = true
		return addRemoval(tx, kind, seq, at)
	})
	return marked && err == nil, err
}

func addRemoval(tx *transaction, kind run.RemovalKind, seq int64, at time.Time) error {
	_, err := tx.Exec("INSERT OR REPLACE INTO removal (kind, seq, since) VALUES (?, ?, ?)", kind, seq, stamp(at))
	return err
}

// Removals returns the removals that are recorded and not done, oldest first.
func (db *DB) Removals(ctx context.Context) ([]run.Removal, error) {
	rows, err := db.query(ctx, `SELECT m.kind, m.seq, coalesce(a.id, r.id, ''), m.since, m.reason FROM removal m
		LEFT JOIN arrival a ON m.kind = 'objects' AND a.seq = m.seq
		LEFT JOIN run r ON m.kind <> 'objects' AND r.seq = m.seq ORDER BY m.since, m.seq, m.kind DESC`)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (m run.Removal, err error) {
		var since int64
		err = scan(&m.Kind, &m.Seq, &m.ID, &since, &m.Reason)
		m.Since = unstamp(since)
		return m, err
	})
}

// RemovalFailed records why some of a removal cannot be done now.
func (db *DB) RemovalFailed(ctx context.Context, m run.Removal, reason string) error {
	return db.update(ctx, func(tx *transaction) error {
		_, err := tx.Exec("UPDATE removal SET reason = ? WHERE kind = ? AND seq = ?", reason, m.Kind, m.Seq)
		return err
	})
}

// RemovalDone records that the files of a removal are gone.
func (db *DB) RemovalDone(ctx context.Context, m run.Removal) error {
	return db.update(ctx, func(tx *transaction) error {
		_, err := tx.Exec("DELETE FROM removal WHERE kind = ? AND seq = ?", m.Kind, m.Seq)
		return err
	})
}

// UnneededObjects returns up to most objects of an arrival, by their ids from
// after on, that no arrival holds whose objects are kept.
func (db *DB) UnneededObjects(ctx context.Context, arrival, after int64, most int) ([]run.Object, error) {
	return db.objects(ctx, `JOIN arrival_object ao ON ao.object = o.id WHERE ao.arrival = ? AND ao.object > ? AND NOT EXISTS (
		SELECT 1 FROM arrival_object other JOIN arrival a ON a.seq = other.arrival
		WHERE other.object = ao.object AND a.files_removed = 0) ORDER BY ao.object LIMIT ?`, arrival, after, most)
}

func keptArrival(tx *transaction, seq int64) (run.KeptArrival, error) {
	rows, err := tx.Query("SELECT "+keptArrivalColumns+" FROM arrival a WHERE a.seq = ?", seq)
	if err != nil {
		return run.KeptArrival{}, err
	}
	found, err := scanRows(rows, scanKeptArrival)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("arrival number %d: %w", seq, ErrNotFound)
	}
	if err != nil {
		return run.KeptArrival{}, err
	}
	if rows, err = tx.Query("SELECT "+keptRunColumns+" FROM run r WHERE r.arrival = ? ORDER BY r.seq", seq); err != nil {
		return run.KeptArrival{}, err
	}
	found[0].Runs, err = scanRows(rows, scanKeptRun)
	return found[0], err
}

func scanKeptArrival(scan func(...any) error) (a run.KeptArrival, err error) {
	var opened, completed, removed int64
	var revisions string
	err = scan(&a.Seq, &a.ID, &a.State, &opened, &completed, &removed, &a.Rule, &revisions, &a.SentTo)
	a.Revisions = states[run.ArrivalState](revisions)
	a.Opened, a.Completed, a.FilesRemoved = unstamp(opened), unstamp(completed), unstamp(removed)
	return a, err
}

func scanKeptRun(scan func(...any) error) (r run.KeptRun, err error) {
	var created, finished, sent, delivered, files, logs int64
	var deliveries, attempts string
	err = scan(&r.Seq, &r.ID, &r.Arrival, &r.State, &created, &finished, &sent, &delivered, &deliveries, &attempts, &files, &logs)
	r.Created, r.Finished, r.Sent, r.Delivered = unstamp(created), unstamp(finished), unstamp(sent), unstamp(delivered)
	r.FilesRemoved, r.LogsRemoved = unstamp(files), unstamp(logs)
	r.Deliveries, r.Attempts = states[run.DeliveryState](deliveries), states[run.AttemptState](attempts)
	return r, err
}

// states splits what group_concat joined.
func states[S ~string](joined string) (all []S) {
	for state := range strings.SplitSeq(joined, ",") {
		if state != "" {
			all = append(all, S(state))
		}
	}
	return all
}

// RetentionClock returns what was saved of the wall clock; the zero value before
// an agent has looked at it.
func (db *DB) RetentionClock(ctx context.Context) (c run.RetentionClock, err error) {
	var began, seen int64
	var jumps string
	err = db.queryRow(ctx, "SELECT began, seen, jumps FROM retention_clock").Scan(&began, &seen, &jumps)
	if errors.Is(err, sql.ErrNoRows) {
		return run.RetentionClock{}, nil
	}
	if err != nil {
		return c, err
	}
	c.Began, c.Seen = unstamp(began), unstamp(seen)
	return c, json.Unmarshal([]byte(jumps), &c.Jumps)
}

// SaveRetentionClock saves it.
func (db *DB) SaveRetentionClock(ctx context.Context, c run.RetentionClock) error {
	jumps, err := json.Marshal(c.Jumps)
	if err != nil {
		return err
	}
	return db.update(ctx, func(tx *transaction) error {
		_, err := tx.Exec("INSERT OR REPLACE INTO retention_clock (one, began, seen, jumps) VALUES (1, ?, ?, ?)",
			stamp(c.Began), stamp(c.Seen), string(jumps))
		return err
	})
}
