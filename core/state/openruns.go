package state

import (
	"context"
	"database/sql"
	"errors"

	"github.com/raddeploy/raddeploy/core/run"
)

// OpenRun is a run that has tasks to do or to stop, with its tasks in the order of the
// flow's models. Its definition and objects are left out.
type OpenRun struct {
	run.Run
	Tasks []run.Task
}

const openRunColumns = `r.seq, r.id, a.id, a.calling_ae, a.called_ae, a.address, r.flow, r.version, r.digest, r.priority, r.state, r.reason,
	t.idx, t.name, t.state, t.tries, t.retries, t.faults, t.next_try, t.fault_since, t.reason, CASE WHEN a.uid <> '' AND t.idx = 0 THEN ` + sendersColumn + ` ELSE '' END`

// OpenRuns returns up to most runs that have tasks to do, oldest first: those
// newer than the one with this sequence number. 0: from the oldest on, without a
// look at the runs that ended before it.
func (db *DB) OpenRuns(ctx context.Context, after int64, most int) ([]OpenRun, error) {
	if after == 0 {
		oldest := "SELECT coalesce(min(seq), 1) FROM run WHERE state = 'pending' OR state = 'running' OR state = 'sending' OR state = 'canceling'"
		if err := db.queryRow(ctx, oldest).Scan(&after); err != nil {
			return nil, err
		}
		after--
	}
	return db.openRuns(ctx, `WHERE r.seq IN (
		SELECT seq FROM run WHERE state IN ('pending', 'running', 'canceling') AND seq > ? ORDER BY seq LIMIT ?)`, after, most)
}

// OpenRun returns a run with its tasks; false: it has no tasks to do, or there
// is none of this id.
func (db *DB) OpenRun(ctx context.Context, id run.ID) (OpenRun, bool, error) {
	found, err := db.openRuns(ctx, "WHERE r.id = ? AND r.state IN ('pending', 'running', 'canceling')", id)
	if err != nil || len(found) == 0 {
		return OpenRun{}, false, err
	}
	return found[0], true, nil
}

// openRuns reads runs and their tasks at once: a query for the tasks of each run
// would take seconds where thousands wait.
func (db *DB) openRuns(ctx context.Context, where string, args ...any) ([]OpenRun, error) {
	rows, err := db.query(ctx, "SELECT "+openRunColumns+` FROM run r JOIN arrival a ON a.seq = r.arrival
		JOIN task t ON t.run = r.seq `+where+" ORDER BY r.seq, t.idx", args...)
	if err != nil {
		return nil, err
	}
	var all []OpenRun
	_, err = scanRows(rows, func(scan func(...any) error) (task run.Task, err error) {
		var r run.Run
		var senders string
		var next int64
		err = scan(&r.Seq, &r.ID, &r.Arrival, &r.Sender.CallingAE, &r.Sender.CalledAE, &r.Sender.Address, &r.Flow, &r.Version, &r.Digest,
			&r.Priority, &r.State, &r.Reason, &task.Index, &task.Name, &task.State, &task.Tries, &task.Retries, &task.Faults, &next, &task.FaultSince,
			&task.Reason, &senders)
		task.NextTry = unstamp(next)
		if err == nil {
			r.Senders, err = readSenders(senders)
		}
		if len(all) == 0 || all[len(all)-1].Seq != r.Seq {
			all = append(all, OpenRun{Run: r})
		}
		open := &all[len(all)-1]
		task.Run = open.ID
		open.Tasks = append(open.Tasks, task)
		return task, err
	})
	return all, err
}

// Definition returns a run's flow as it was stored.
func (db *DB) Definition(ctx context.Context, id run.ID) ([]byte, error) {
	var definition []byte
	err := db.queryRow(ctx, "SELECT d.flow FROM run r JOIN definition d ON d.digest = r.digest WHERE r.id = ?", id).Scan(&definition)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return definition, err
}
