package state

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// Intend records that an attempt is about to be made, with the devices that it
// leases. Its task runs from now on, and so does its run. After this commit the
// attempt may exist in a runtime.
func (db *DB) Intend(ctx context.Context, a run.Attempt) error {
	gpus, err := json.Marshal(a.GPUs)
	if err != nil {
		return err
	}
	return db.update(ctx, func(tx *transaction) error {
		var seq int64
		var state run.State
		if err := tx.QueryRow("SELECT seq, state FROM run WHERE id = ?", a.Run).Scan(&seq, &state); err != nil {
			return err
		}
		if state != run.Running {
			if err := transition(tx, withID(a.Run), run.Running, ", dispatched = ?", stamp(a.Intended)); err != nil {
				return err
			}
		}
		if err := transition(tx, taskIn(seq, a.Run, a.Task), run.TaskRunning, ", tries = ?, reason = ''", a.Number); err != nil {
			return err
		}
		_, err := tx.Exec("INSERT INTO attempt (id, run, task, number, executor, gpus, state, intended) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			a.ID, seq, a.Task, a.Number, a.Executor, string(gpus), run.AttemptIntended, stamp(a.Intended))
		return err
	})
}

// taskOf picks the task of a model of a run.
func taskOf(id run.ID, model int) row {
	at := taskIn(0, id, model)
	at.where, at.args[0] = "run = (SELECT seq FROM run WHERE id = ?) AND idx = ?", string(id)
	return at
}

// taskIn picks the task of a model of the run with this sequence number.
func taskIn(seq int64, id run.ID, model int) row {
	index := strconv.Itoa(model)
	return row{where: "run = ? AND idx = ?", args: []any{seq, model}, id: string(id) + "/" + index, run: id, number: index}
}

// SetStarted records that the executor has accepted an attempt.
func (db *DB) SetStarted(ctx context.Context, id run.AttemptID, handle []byte, at time.Time) error {
	return db.update(ctx, func(tx *transaction) error {
		return transition(tx, withID(id), run.AttemptStarted, ", handle = ?, started = ?", handle, stamp(at))
	})
}

// SetRemoved records that the executor has removed all that it kept of an ended
// attempt.
func (db *DB) SetRemoved(ctx context.Context, id run.AttemptID) error {
	return db.update(ctx, func(tx *transaction) error { return transition(tx, withID(id), run.AttemptRemoved, "") })
}

// Waiting is what a task waits for that could start.
type Waiting struct {
	Run    run.ID
	Task   int
	Reason string
}

// SetWaiting records what tasks wait for, all at once. A task that is not pending
// any more waits for nothing.
func (db *DB) SetWaiting(ctx context.Context, tasks []Waiting) error {
	return db.update(ctx, func(tx *transaction) error {
		for _, w := range tasks {
			if _, err := tx.Exec("UPDATE task SET reason = ? WHERE run = (SELECT seq FROM run WHERE id = ?) AND idx = ? AND state = ?",
				w.Reason, w.Run, w.Task, run.TaskPending); err != nil {
				return err
			}
		}
		return nil
	})
}

// Tasks returns the tasks of a run in the order of the flow's models.
func (db *DB) Tasks(ctx context.Context, id run.ID) ([]run.Task, error) {
	rows, err := db.query(ctx, `SELECT r.id, t.idx, t.name, t.state, t.tries, t.retries, t.faults, t.next_try, t.fault_since, t.reason
		FROM task t JOIN run r ON r.seq = t.run WHERE r.id = ? ORDER BY t.idx`, id)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (t run.Task, err error) {
		var next int64
		err = scan(&t.Run, &t.Index, &t.Name, &t.State, &t.Tries, &t.Retries, &t.Faults, &next, &t.FaultSince, &t.Reason)
		t.NextTry = unstamp(next)
		return t, err
	})
}

// Attempts returns all attempts of a run, by task and number.
func (db *DB) Attempts(ctx context.Context, id run.ID) ([]run.Attempt, error) {
	return db.attempts(ctx, "WHERE r.id = ? ORDER BY t.task, t.number", id)
}

// AttemptsIn returns the attempts in one of these states, oldest first.
func (db *DB) AttemptsIn(ctx context.Context, states ...run.AttemptState) ([]run.Attempt, error) {
	return db.attempts(ctx, "WHERE "+in("t.state", states)+" ORDER BY t.intended")
}

func (db *DB) attempts(ctx context.Context, tail string, args ...any) ([]run.Attempt, error) {
	rows, err := db.query(ctx, `SELECT t.id, r.id, t.task, t.number, t.executor, t.gpus, t.state, t.handle, t.exit, t.reason,
		t.intended, t.started, t.ended, t.rebooted,
		t.image, t.image_digest, t.plugin, t.plugin_version, t.node, t.devices, t.cpu, t.memory_peak, t.warnings FROM attempt t JOIN run r ON r.seq = t.run `+tail, args...)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (a run.Attempt, err error) {
		var gpus, devices, warnings string
		var intended, started, ended int64
		on := &a.RanOn
		if err := scan(&a.ID, &a.Run, &a.Task, &a.Number, &a.Executor, &gpus, &a.State, &a.Handle, &a.Exit, &a.Reason,
			&intended, &started, &ended, &a.Rebooted,
			&on.Image, &on.Digest, &on.Plugin, &on.PluginVersion, &on.Node, &devices, &on.CPU, &on.MemoryPeak, &warnings); err != nil {
			return a, err
		}
		if on.Devices, err = readList(devices); err != nil {
			return a, err
		}
		if a.Warnings, err = readList(warnings); err != nil {
			return a, err
		}
		a.Intended, a.Started, a.Ended = unstamp(intended), unstamp(started), unstamp(ended)
		return a, json.Unmarshal([]byte(gpus), &a.GPUs)
	})
}
