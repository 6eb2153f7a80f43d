package state

import (
	"context"
	"encoding/json"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// Waiting tasks and errors that an overview shows at most, and the newest rows in
// which it looks for what is rare: an overview costs the same on any database.
const (
	mostShown = 50
	mostRead  = 2000
)

// Overview is how things stand at one moment, for people.
type Overview struct {
	// Objects is the number of the newest object: it grows by one for each that is
	// received.
	Objects int64
	Runs    map[run.State]int // made since a time, by the state that they are in now
	Open    map[run.State]int // not ended, whenever they were made
	Queue   []QueuedTask      // the first of those that wait, in the order of their runs
	Queued  int               // how many wait
	Leases  []LeasedTask
	Targets []Target
	Errors  []LastError
}

// QueuedTask is a task that could start and waits.
type QueuedTask struct {
	Run           run.ID
	Flow, Version string
	Task          string
	Reason        string
	Created       time.Time // its run
	NextTry       time.Time
}

// LeasedTask is an attempt that has not ended.
type LeasedTask struct {
	Attempt       run.AttemptID
	Run           run.ID
	Flow, Version string
	Task          string
	Executor      string
	GPUs          []string
	Since         time.Time
}

// Target is a destination that something was sent to lately, or is to be.
type Target struct {
	run.Destination
	Open int // deliveries that wait to be sent, or are
	// Uncommitted are sent, and the destination has not said yet that it keeps them.
	Uncommitted int
	Waiting     int       // objects of theirs that were not sent, as far as they are listed
	Oldest      time.Time // when the run of the oldest ended
	NextTry     time.Time // the earliest
	Tries       int       // of the one that was tried most
	Reason      string    // of that one or, where none is open, of the first that is uncommitted
	Sent        time.Time // the last that ended well; zero: none of the newest deliveries
}

// LastError is the newest of what went wrong of one kind.
type LastError struct {
	Kind   string // "run" or "delivery"
	Run    run.ID
	Flow   string
	Reason string
	At     time.Time
}

// Overview reads how things stand. Runs are counted that were made since a time.
func (db *DB) Overview(ctx context.Context, since time.Time) (o Overview, err error) {
	if err = db.queryRow(ctx, "SELECT coalesce(max(id), 0) FROM object").Scan(&o.Objects); err != nil {
		return o, err
	}
	if o.Runs, err = db.countRuns(ctx, "SELECT state, count(*) FROM run WHERE created >= ? GROUP BY state", stamp(since)); err != nil {
		return o, err
	}
	if o.Open, err = db.countRuns(ctx, `SELECT state, count(*) FROM run WHERE `+openRun+` GROUP BY state`); err != nil {
		return o, err
	}
	if o.Queue, o.Queued, err = db.queue(ctx); err != nil {
		return o, err
	}
	if o.Leases, err = db.leases(ctx); err != nil {
		return o, err
	}
	if o.Targets, err = db.Targets(ctx); err != nil {
		return o, err
	}
	o.Errors, err = db.lastErrors(ctx)
	return o, err
}

// openRun is the condition of the index of open runs.
const openRun = "(state = 'pending' OR state = 'running' OR state = 'sending' OR state = 'canceling')"

func (db *DB) countRuns(ctx context.Context, query string, args ...any) (map[run.State]int, error) {
	rows, err := db.query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[run.State]int{}
	for rows.Next() {
		var state run.State
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, err
		}
		counts[state] = n
	}
	return counts, rows.Err()
}

// waitingTasks are those with a reason to wait: a task that waits for the output of
// another one has none.
const waitingTasks = `FROM run r JOIN task t ON t.run = r.seq
	WHERE (r.state = 'pending' OR r.state = 'running') AND t.state = 'pending' AND t.reason <> ''`

func (db *DB) queue(ctx context.Context) (queue []QueuedTask, all int, err error) {
	if err := db.queryRow(ctx, "SELECT count(*) "+waitingTasks).Scan(&all); err != nil || all == 0 {
		return nil, all, err
	}
	rows, err := db.query(ctx, `SELECT r.id, r.flow, r.version, t.name, t.reason, r.created, t.next_try `+waitingTasks+`
		ORDER BY r.priority DESC, r.seq, t.idx LIMIT ?`, mostShown)
	if err != nil {
		return nil, 0, err
	}
	queue, err = scanRows(rows, func(scan func(...any) error) (q QueuedTask, err error) {
		var created, next int64
		err = scan(&q.Run, &q.Flow, &q.Version, &q.Task, &q.Reason, &created, &next)
		q.Created, q.NextTry = unstamp(created), unstamp(next)
		return q, err
	})
	return queue, all, err
}

func (db *DB) leases(ctx context.Context) ([]LeasedTask, error) {
	rows, err := db.query(ctx, `SELECT a.id, r.id, r.flow, r.version, t.name, a.executor, a.gpus, a.intended, a.started
		FROM attempt a JOIN run r ON r.seq = a.run JOIN task t ON t.run = a.run AND t.idx = a.task
		WHERE a.state = 'intended' OR a.state = 'started' ORDER BY a.intended, a.id`)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (l LeasedTask, err error) {
		var gpus []byte
		var intended, started int64
		if err = scan(&l.Attempt, &l.Run, &l.Flow, &l.Version, &l.Task, &l.Executor, &gpus, &intended, &started); err != nil {
			return l, err
		}
		if l.Since = unstamp(started); l.Since.IsZero() {
			l.Since = unstamp(intended)
		}
		return l, json.Unmarshal(gpus, &l.GPUs)
	})
}

// The columns beside a maximum are those of the row that has it.
const openTargets = `SELECT name, host, port, ae_title, count(*), coalesce(sum(waiting), 0), min(finished), min(next), max(tries), reason FROM (
		SELECT d.*, r.finished AS finished, (SELECT count(*) FROM delivery_object o WHERE o.delivery = d.id AND o.state = 'pending') AS waiting
		FROM (SELECT d.id, d.run, d.name, d.host, d.port, d.ae_title, ` + nextTime + ` AS next, d.tries, d.reason FROM delivery d ` + pausing + ` WHERE d.state = 'pending'
			UNION ALL SELECT id, run, name, host, port, ae_title, 0, tries, reason FROM delivery WHERE state = 'sending') d
		JOIN run r ON r.seq = d.run
	) GROUP BY host, port, ae_title`

const uncommittedTargets = `SELECT name, host, port, ae_title, count(*), min(next_try), reason FROM delivery WHERE state = 'uncommitted' GROUP BY host, port, ae_title`

// uncommittedTargets are those that have not said yet that they keep what was sent.
func (db *DB) uncommittedTargets(ctx context.Context) ([]Target, error) {
	rows, err := db.query(ctx, uncommittedTargets)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (t Target, err error) {
		var next int64
		err = scan(&t.Name, &t.Host, &t.Port, &t.AETitle, &t.Uncommitted, &next, &t.Reason)
		t.NextTry = unstamp(next)
		return t, err
	})
}

// Targets are those of open and of uncommitted deliveries, and those of the newest
// that were sent.
func (db *DB) Targets(ctx context.Context) ([]Target, error) {
	rows, err := db.query(ctx, openTargets)
	if err != nil {
		return nil, err
	}
	open, err := scanRows(rows, func(scan func(...any) error) (t Target, err error) {
		var oldest, next int64
		err = scan(&t.Name, &t.Host, &t.Port, &t.AETitle, &t.Open, &t.Waiting, &oldest, &next, &t.Tries, &t.Reason)
		t.Oldest, t.NextTry = unstamp(oldest), unstamp(next)
		return t, err
	})
	if err != nil {
		return nil, err
	}
	uncommitted, err := db.uncommittedTargets(ctx)
	if err != nil {
		return nil, err
	}
	rows, err = db.query(ctx, `SELECT name, host, port, ae_title, max(finished) FROM (SELECT name, host, port, ae_title, state, finished FROM delivery ORDER BY id DESC LIMIT ?)
		WHERE state = 'sent' OR state = 'committed' GROUP BY host, port, ae_title`, mostRead)
	if err != nil {
		return nil, err
	}
	sent, err := scanRows(rows, func(scan func(...any) error) (t Target, err error) {
		var at int64
		err = scan(&t.Name, &t.Host, &t.Port, &t.AETitle, &at)
		t.Sent = unstamp(at)
		return t, err
	})
	return mergeTargets(open, uncommitted, sent), err
}

func mergeTargets(open, uncommitted, sent []Target) []Target {
	type node struct {
		host string
		port int
		aet  dcm.AETitle
	}
	at := map[node]int{}
	add := func(t Target, merge func(into *Target)) {
		key := node{t.Host, t.Port, t.AETitle}
		if i, ok := at[key]; ok {
			merge(&open[i])
			return
		}
		at[key] = len(open)
		open = append(open, t)
	}
	for i, t := range open {
		at[node{t.Host, t.Port, t.AETitle}] = i
	}
	for _, t := range uncommitted {
		add(t, func(into *Target) { into.Uncommitted = t.Uncommitted })
	}
	for _, t := range sent {
		add(t, func(into *Target) { into.Sent = t.Sent })
	}
	return open
}

const lastErrors = `SELECT * FROM (SELECT 'run', id, flow, reason, finished FROM (SELECT * FROM run ORDER BY seq DESC LIMIT ?) WHERE state = 'failed' LIMIT 1)
	UNION ALL SELECT * FROM (SELECT 'delivery', r.id, r.flow, d.reason, d.finished FROM (SELECT * FROM delivery ORDER BY id DESC LIMIT ?) d
		JOIN run r ON r.seq = d.run WHERE d.state = 'failed' AND d.superseded = 0 LIMIT 1)`

func (db *DB) lastErrors(ctx context.Context) ([]LastError, error) {
	rows, err := db.query(ctx, lastErrors, mostRead, mostRead)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (e LastError, err error) {
		var at int64
		err = scan(&e.Kind, &e.Run, &e.Flow, &e.Reason, &at)
		e.At = unstamp(at)
		return e, err
	})
}

// RunTime is how a run ended, and how long its tasks took.
type RunTime struct {
	Flow  flow.ID
	State run.State
	Took  time.Duration // 0: they have not ended
}

// RunTimes returns those of the newest runs.
func (db *DB) RunTimes(ctx context.Context) ([]RunTime, error) {
	rows, err := db.query(ctx, "SELECT flow, version, state, dispatched, finished FROM run ORDER BY seq DESC LIMIT ?", mostRead)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (r RunTime, err error) {
		var dispatched, finished int64
		err = scan(&r.Flow.Name, &r.Flow.Version, &r.State, &dispatched, &finished)
		if dispatched > 0 && finished > dispatched {
			r.Took = time.Duration(finished - dispatched)
		}
		return r, err
	})
}

// BytesSince is how many bytes of objects were received since a time, and are there
// still as rows.
func (db *DB) BytesSince(ctx context.Context, since time.Time) (bytes int64, err error) {
	err = db.queryRow(ctx, `SELECT coalesce(sum(size), 0) FROM object
		WHERE id > coalesce((SELECT id FROM object WHERE received < ? ORDER BY id DESC LIMIT 1), 0)`, stamp(since)).Scan(&bytes)
	return bytes, err
}
