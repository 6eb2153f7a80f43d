package state

import (
	"context"
	"fmt"
	"runtime"
	"time"
)

// job is one write that waits for its commit, or one read of the crowd. A write
// may be done twice: then what it did first is undone before.
type job struct {
	do   func(*transaction) error
	done chan error
}

// groupSize is how many waiting writes share one commit at the most.
const groupSize = 64

// update runs do in a transaction and returns when it is on stable storage. An
// error from do undoes what it did. Do may be run twice, and must find nothing
// but the database changed by that.
func (db *DB) update(ctx context.Context, do func(*transaction) error) error {
	return db.submit(ctx, db.jobs, db.drained, do)
}

// submit has do done by whoever takes jobs from a queue, until ended is closed,
// and returns its error.
func (db *DB) submit(ctx context.Context, queue chan<- job, ended <-chan struct{}, do func(*transaction) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := job{do: do, done: make(chan error, 1)}
	select {
	case queue <- j:
	case <-db.closed:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-j.done:
		// once it is queued it will be done, whether or not the caller still waits
		return db.damage.saw(err)
	case <-ended:
	}
	select {
	case err := <-j.done:
		return err
	default:
		return ErrClosed
	}
}

// writer is the one goroutine that writes. A sync of the disk costs the same
// for one change as for many, so it commits all that wait together.
func (db *DB) writer() {
	defer close(db.drained)
	for {
		select {
		case j := <-db.jobs:
			db.group(j)
		case <-db.closed:
			for {
				select {
				case j := <-db.jobs:
					db.group(j)
				default:
					return
				}
			}
		}
	}
}

// group commits a write with those that wait behind it. Nearly all succeed, and
// a savepoint for each costs as much as the writes. So they share one
// transaction, and only if one of them fails all are done again, apart.
func (db *DB) group(first job) {
	tx := db.transaction
	if _, err := tx.Exec("BEGIN IMMEDIATE"); err != nil {
		first.done <- fmt.Errorf("begin: %w", err)
		return
	}
	var jobs []job
	for j, more := first, true; more; j, more = db.next(len(jobs)) {
		jobs = append(jobs, j)
		if j.do(tx) != nil {
			tx.rollback()
			db.apart(jobs)
			return
		}
	}
	db.commit(jobs)
}

// apart commits writes of which some may fail, each in a savepoint of its own,
// so that those that fail undo only what they did themselves.
func (db *DB) apart(jobs []job) {
	tx := db.transaction
	if _, err := tx.Exec("BEGIN IMMEDIATE"); err != nil {
		answer(jobs, fmt.Errorf("begin: %w", err))
		return
	}
	var applied []job
	for i, j := range jobs {
		err, whole := tx.inSavepoint(j.do)
		if !whole {
			tx.rollback()
			answer(append(applied, jobs[i:]...), fmt.Errorf("transaction lost: %w", err))
			return
		}
		if err != nil {
			j.done <- err
		} else {
			applied = append(applied, j)
		}
	}
	db.commit(applied)
}

// Alive returns nil once a write that changes nothing has been through the writer.
func (db *DB) Alive(ctx context.Context) error {
	return db.update(ctx, func(*transaction) error { return nil })
}

// OnCommit has a function know how long each commit takes from now on. It is
// called by the writer, and returns at once.
func (db *DB) OnCommit(told func(took time.Duration)) { db.committed.Store(&told) }

// commit makes what was written durable, and answers those who wait for it.
func (db *DB) commit(jobs []job) {
	began := time.Now()
	err := db.end(began)
	if err == nil {
		_, err = db.transaction.Exec("COMMIT")
	}
	if err != nil {
		err = fmt.Errorf("commit: %w", err)
		db.transaction.rollback()
	}
	answer(jobs, err)
	db.changed.Send()
	if told := db.committed.Load(); told != nil && err == nil {
		(*told)(time.Since(began))
	}
}

// rollback undoes the transaction, if SQLite has not done so by itself, as it
// does on a full disk.
func (t *transaction) rollback() {
	_, _ = t.Exec("ROLLBACK")
	t.ends = ends{}
}

// end writes what is written once for all writes of the transaction.
func (db *DB) end(at time.Time) error {
	tx := db.transaction
	if tx.ends.clock {
		if err := db.saveClock(tx); err != nil {
			return err
		}
	}
	if err := addEvents(tx, tx.ends.events, at); err != nil {
		return err
	}
	tx.ends = ends{events: tx.ends.events[:0]}
	return nil
}

func answer(jobs []job, err error) {
	for _, j := range jobs {
		j.done <- err
	}
}

// next returns a write that is waiting, or is about to, if the group has room for
// it.
func (db *DB) next(applied int) (j job, more bool) {
	if applied >= groupSize {
		return j, false
	}
	if j, more = db.poll(); more {
		return j, true
	}
	// Many begin what they do together, as tasks do that start, and one commit for
	// all costs less than a first one for those that were quickest.
	runtime.Gosched()
	return db.poll()
}

// poll returns a write if one is waiting.
func (db *DB) poll() (j job, ok bool) {
	select {
	case j = <-db.jobs:
		return j, true
	default:
		return j, false
	}
}
