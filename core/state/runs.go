package state

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// SetMatched records what a complete arrival has triggered.
func (db *DB) SetMatched(ctx context.Context, m run.Matching) error {
	return db.update(ctx, func(tx *transaction) error {
		if err := transition(tx, withID(m.Arrival), m.State, ", explanation = ?, reason = ?", m.Explanation, m.Reason); err != nil {
			return err
		}
		if m.Remark != "" {
			if _, err := tx.Exec("UPDATE arrival SET completion = ? WHERE id = ?", m.Remark, m.Arrival); err != nil {
				return err
			}
		}
		for i, r := range m.Runs {
			if err := addRun(tx, m.Arrival, r, m.Tasks[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func addRun(tx *transaction, arrival run.ArrivalID, r run.Run, tasks []string) error {
	result, err := tx.Exec(`INSERT INTO run (id, flow, version, digest, priority, state, patient, selected, created, arrival, calling_ae)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT seq FROM arrival WHERE id = ?10), (SELECT calling_ae FROM arrival WHERE id = ?10))`,
		r.ID, r.Flow, r.Version, r.Digest, r.Priority, run.Pending, r.Patient, len(r.Objects), stamp(r.Created), arrival)
	if err != nil {
		return err
	}
	tx.happened(run.Event{Kind: run.OfRun, ID: string(r.ID), State: string(run.Pending)})
	seq, err := result.LastInsertId()
	if err != nil {
		return err
	}
	objects, err := json.Marshal(r.Objects)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("INSERT INTO selection (run, objects) VALUES (?, ?)", seq, objects); err != nil {
		return err
	}
	// runs of one flow share it
	if _, err := tx.Exec("INSERT INTO definition (digest, flow) VALUES (?, ?) ON CONFLICT DO NOTHING", r.Digest, r.Definition); err != nil {
		return err
	}
	for _, s := range r.Studies {
		if _, err := tx.Exec("INSERT INTO run_study (run, accession, date) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", seq, s.Accession, s.Date); err != nil {
			return err
		}
	}
	for i, name := range tasks {
		if _, err := tx.Exec("INSERT INTO task (run, idx, name, state) VALUES (?, ?, ?, ?)", seq, i, name, run.TaskPending); err != nil {
			return err
		}
	}
	return nil
}

// Settlement is everything that follows from what happened in a run: attempts
// that ended, or a task that can never be run. It is committed as a whole.
type Settlement struct {
	Run run.ID
	At  time.Time
	// Attempts are those that ended, with Exit, Reason, RanOn and Warnings, and
	// Started where it may not be recorded yet.
	Attempts []run.Attempt
	Tasks    []run.Task // the tasks that change, with their new state, reason and budgets
	// State is the run's new state if it changes: sending, done, failed or
	// canceled.
	State      run.State
	Reason     string
	Deliveries []run.Delivery // to make, when the run is to be sent
}

// Settle commits a settlement.
func (db *DB) Settle(ctx context.Context, s Settlement) error {
	return db.update(ctx, func(tx *transaction) error {
		tx.ends.clock = true
		for _, a := range s.Attempts {
			if err := endAttempt(tx, a, s.At); err != nil {
				return err
			}
		}
		for _, t := range s.Tasks {
			if err := transition(tx, taskOf(s.Run, t.Index), t.State, ", reason = ?, retries = ?, faults = ?, next_try = ?, fault_since = ?",
				t.Reason, t.Retries, t.Faults, stamp(t.NextTry), int64(t.FaultSince)); err != nil {
				return err
			}
		}
		if err := addDeliveries(tx, s); err != nil {
			return err
		}
		return moveRun(tx, s)
	})
}

func addDeliveries(tx *transaction, s Settlement) error {
	if len(s.Deliveries) == 0 {
		return nil // most settlements make none
	}
	var seq int64
	if err := tx.QueryRow("SELECT seq FROM run WHERE id = ?", s.Run).Scan(&seq); err != nil {
		return err
	}
	for _, d := range s.Deliveries {
		if err := addDelivery(tx, s.Run, seq, run.Resending{Delivery: d}); err != nil {
			return err
		}
	}
	return nil
}

func moveRun(tx *transaction, s Settlement) error {
	if s.State == "" {
		return nil
	}
	set := ", reason = ?, finished = CASE finished WHEN 0 THEN ? ELSE finished END"
	args := []any{s.Reason, stamp(s.At)}
	if s.State == run.Done {
		set += ", sent = ?"
		args = append(args, stamp(s.At))
	}
	return transition(tx, withID(s.Run), s.State, set, args...)
}

const runColumns = `r.id, r.seq, a.id, a.calling_ae, a.called_ae, a.address, r.flow, r.version, r.digest, r.priority,
	r.state, r.reason, r.patient, r.selected, a.completed, r.created, r.dispatched, r.finished, r.sent, r.files_removed, r.logs_removed`

// RunsOf returns the runs of one arrival, oldest first.
func (db *DB) RunsOf(ctx context.Context, arrival run.ArrivalID) ([]run.Run, error) {
	return db.runs(ctx, db.query, "WHERE a.id = ? ORDER BY r.seq", arrival)
}

// Run returns the run whose id begins with prefix, with its definition and the
// ids of its objects.
func (db *DB) Run(ctx context.Context, prefix string) (run.Run, error) {
	found, err := db.runs(ctx, db.query, "WHERE r.id >= ? AND r.id < ? ORDER BY r.seq LIMIT 2", prefix, prefix+"\x7f")
	r, err := only(found, err, "run", prefix)
	if err != nil {
		return r, err
	}
	var objects []byte
	if err := db.queryRow(ctx, `SELECT d.flow, s.objects FROM definition d, selection s WHERE d.digest = ? AND s.run = ?`,
		r.Digest, r.Seq).Scan(&r.Definition, &objects); err != nil {
		return r, fmt.Errorf("run %s: %w", r.ID, err)
	}
	return r, json.Unmarshal(objects, &r.Objects)
}

func (db *DB) runs(ctx context.Context, query querying, tail string, args ...any) ([]run.Run, error) {
	rows, err := query(ctx, "SELECT "+runColumns+" FROM run r JOIN arrival a ON a.seq = r.arrival "+tail, args...)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (r run.Run, err error) {
		var received, created, dispatched, finished, sent, files, logs int64
		if err := scan(&r.ID, &r.Seq, &r.Arrival, &r.Sender.CallingAE, &r.Sender.CalledAE, &r.Sender.Address, &r.Flow, &r.Version, &r.Digest,
			&r.Priority, &r.State, &r.Reason, &r.Patient, &r.Selected, &received, &created, &dispatched, &finished, &sent, &files, &logs); err != nil {
			return r, err
		}
		r.Received, r.Created, r.Dispatched = unstamp(received), unstamp(created), unstamp(dispatched)
		r.Finished, r.Sent = unstamp(finished), unstamp(sent)
		r.FilesRemoved, r.LogsRemoved = unstamp(files), unstamp(logs)
		return r, nil
	})
}
