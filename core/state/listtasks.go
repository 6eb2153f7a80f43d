package state

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// TaskFilter says which tasks a list has. Zero fields do not matter.
type TaskFilter struct {
	States   []run.TaskState
	Flow     string // a name
	Version  string // of the flow
	Run      run.ID // or how it begins
	Executor string // that an attempt at it was given to
	Part            // its times are those of runs
}

// ListedTask is a task with what a list of all runs' tells besides.
type ListedTask struct {
	run.Task
	Flow, Version string
	Created       time.Time // its run
	Executor      string    // of the newest attempt; "": there is none
	Place         Place
}

// AllTasks lists the tasks of all runs, those of the newest run first, and those of one
// run from the last one on.
func (db *DB) AllTasks(ctx context.Context, f TaskFilter) ([]ListedTask, error) {
	// A place is the number of the run instead of a time, and that of the task from 1.
	l := listQuery{began: "t.run", seq: "t.idx + 1"}
	if f.Run != "" {
		l.pick(false, "t.run IN (SELECT seq FROM run WHERE id >= ? AND id < ?)", f.Run, f.Run+"\x7f")
	}
	if f.Executor != "" {
		l.add("EXISTS (SELECT 1 FROM attempt a WHERE a.run = t.run AND a.task = t.idx AND a.executor = ?)", f.Executor)
	}
	l.equal(false, "r.flow", f.Flow)
	if f.Version != "" {
		l.add("+r.version = ?", f.Version)
	}
	if !f.Since.IsZero() {
		l.add("r.created >= ?", stamp(f.Since))
	}
	if !f.Until.IsZero() {
		l.add("r.created < ?", stamp(f.Until))
	}
	if len(f.States) > 0 {
		l.add(in("t.state", f.States))
	}
	f.Since, f.Until = time.Time{}, time.Time{}
	tail, args := l.tail(nil, f.Part)
	rows, err := db.listing(ctx, `SELECT r.id, t.idx, t.name, t.state, t.tries, t.next_try, t.reason, r.flow, r.version, r.created, t.run,
		coalesce((SELECT a.executor FROM attempt a WHERE a.run = t.run AND a.task = t.idx ORDER BY a.number DESC LIMIT 1), '')
		FROM task t JOIN run r ON r.seq = t.run `+tail, args...)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (t ListedTask, err error) {
		var next, created, of int64
		err = scan(&t.Run, &t.Index, &t.Name, &t.State, &t.Tries, &next, &t.Reason, &t.Flow, &t.Version, &created, &of, &t.Executor)
		t.NextTry, t.Created = unstamp(next), unstamp(created)
		t.Place = Place{Began: time.Unix(0, of), Seq: int64(t.Index) + 1}
		return t, err
	})
}
