package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/raddeploy/raddeploy/core/run"
)

// ActOnRun records an operator's action on a run, and what is decided from how
// the run stands at that moment. An error of decide records nothing; nor is an
// action recorded that changes nothing.
func (db *DB) ActOnRun(ctx context.Context, e run.Entry, decide run.Act) error {
	return db.update(ctx, func(tx *transaction) error {
		standing, err := standing(tx, run.ID(e.ID))
		if err != nil {
			return err
		}
		acting, err := decide(standing)
		if err != nil || acting.State == "" {
			return err
		}
		if err := act(tx, e, standing, acting); err != nil {
			return err
		}
		e.Before, e.After = string(standing.Run.State), string(acting.State)
		return record(tx, e)
	})
}

// standing reads a run as it stands at this moment of a transaction.
func standing(tx *transaction, id run.ID) (s run.Standing, err error) {
	r := &s.Run
	var filesRemoved int64
	err = tx.QueryRow(`SELECT r.seq, r.id, a.id, a.calling_ae, a.called_ae, a.address, r.flow, r.version, r.digest, r.state, r.reason, r.files_removed
		FROM run r JOIN arrival a ON a.seq = r.arrival WHERE r.id = ?`, id).Scan(&r.Seq, &r.ID, &r.Arrival, &r.Sender.CallingAE,
		&r.Sender.CalledAE, &r.Sender.Address, &r.Flow, &r.Version, &r.Digest, &r.State, &r.Reason, &filesRemoved)
	r.FilesRemoved = unstamp(filesRemoved)
	if errors.Is(err, sql.ErrNoRows) {
		return s, fmt.Errorf("run %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return s, err
	}
	rows, err := tx.Query("SELECT idx, name, state, tries, retries, faults, reason FROM task WHERE run = ? ORDER BY idx", r.Seq)
	if err != nil {
		return s, err
	}
	s.Tasks, err = scanAll(rows, func(t *run.Task) []any {
		t.Run = id
		return []any{&t.Index, &t.Name, &t.State, &t.Tries, &t.Retries, &t.Faults, &t.Reason}
	})
	if err != nil {
		return s, err
	}
	rows, err = tx.Query(`SELECT id, task, number, executor, state FROM attempt
		WHERE run = ? AND (state = 'intended' OR state = 'started') ORDER BY task, number`, r.Seq)
	if err != nil {
		return s, err
	}
	s.Attempts, err = scanAll(rows, func(a *run.Attempt) []any {
		a.Run = id
		return []any{&a.ID, &a.Task, &a.Number, &a.Executor, &a.State}
	})
	if err != nil {
		return s, err
	}
	if s.Deliveries, err = siblings(tx, "?", r.Seq); err != nil {
		return s, err
	}
	err = tx.QueryRow("SELECT action, detail FROM journal WHERE thing = 'run' AND id = ? AND result = 'done' ORDER BY seq DESC LIMIT 1", id).Scan(&s.Last.Action, &s.Last.Detail)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return s, err
}

// act changes what was decided.
func act(tx *transaction, e run.Entry, s run.Standing, a run.Acting) error {
	for _, t := range a.Tasks {
		if err := reopen(tx, taskOf(s.Run.ID, t.Index), t.State, ", reason = ?, retries = ?, faults = ?, next_try = 0, fault_since = 0",
			t.Reason, t.Retries, t.Faults); err != nil {
			return err
		}
	}
	for _, id := range a.Abandon {
		if err := transition(tx, withNumber(id), run.DeliveryAbandoned, ", reason = ?, finished = ?", a.AbandonReason, stamp(e.At)); err != nil {
			return err
		}
	}
	for _, id := range a.Supersede {
		if _, err := tx.Exec("UPDATE delivery SET superseded = 1 WHERE id = ?", id); err != nil {
			return err
		}
	}
	for _, d := range a.Deliveries {
		if err := resend(tx, s.Run.ID, s.Run.Seq, d); err != nil {
			return err
		}
	}
	return actOnState(tx, e, s.Run, a)
}

func actOnState(tx *transaction, e run.Entry, r run.Run, a run.Acting) error {
	switch a.State {
	case run.Pending:
		// it prints again, and a removal that is not done would take that too
		if _, err := tx.Exec("DELETE FROM removal WHERE kind = ? AND seq = ?", run.RemoveLogs, r.Seq); err != nil {
			return err
		}
		return reopen(tx, withID(r.ID), a.State, ", reason = ?, dispatched = 0, finished = 0, sent = 0, logs_removed = 0", a.Reason)
	case run.Sending:
		return reopen(tx, withID(r.ID), a.State, ", reason = ?, sent = 0", a.Reason)
	case run.Canceling:
		return transition(tx, withID(r.ID), a.State, ", reason = ?", a.Reason)
	}
	return moveRun(tx, Settlement{Run: r.ID, At: e.At, State: a.State, Reason: a.Reason})
}

// resend adds a delivery that somebody asked for: it does not wait for a destination that
// is left alone.
func resend(tx *transaction, of run.ID, seq int64, d run.Resending) error {
	to := d.Destination
	if _, err := tx.Exec("UPDATE destination_pause SET until = 0 WHERE host = ? AND port = ? AND ae_title = ?", to.Host, to.Port, to.AETitle); err != nil {
		return err
	}
	return addDelivery(tx, of, seq, d)
}

// addDelivery adds a delivery to the run with this id and sequence number. One that
// resumes another has its files, of which those that were sent stay so.
func addDelivery(tx *transaction, of run.ID, seq int64, d run.Resending) error {
	result, err := tx.Exec("INSERT INTO delivery (run, name, host, port, ae_title, state, next_try, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		seq, d.Destination.Name, d.Destination.Host, d.Destination.Port, d.Destination.AETitle, run.DeliveryPending, stamp(d.NextTry), int64(d.Since))
	if err != nil {
		return err
	}
	id, err := result.LastInsertId()
	if err != nil {
		return err
	}
	tx.happened(run.Event{Kind: run.OfDelivery, ID: strconv.FormatInt(id, 10), State: string(run.DeliveryPending), Run: of})
	if d.Resumes == 0 {
		return nil
	}
	if _, err := tx.Exec(`INSERT INTO delivery_object (delivery, file, sop_class, sop_instance, transfer_syntax, state, status, reason, breaks)
		SELECT ?, file, sop_class, sop_instance, transfer_syntax,
			CASE state WHEN 'failed' THEN 'pending' ELSE state END,
			CASE state WHEN 'failed' THEN 0 ELSE status END,
			CASE state WHEN 'failed' THEN '' ELSE reason END, breaks
		FROM delivery_object WHERE delivery = ?`, id, d.Resumes); err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE delivery SET listed = (SELECT listed FROM delivery WHERE id = ?) WHERE id = ?", d.Resumes, id)
	return err
}
