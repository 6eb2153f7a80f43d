package state

import (
	"context"
	"fmt"
)

// job is one write that waits for its commit.
type job struct {
	do   func(*transaction) error
	done chan error
}

// groupSize is how many waiting writes share one commit at the most.
const groupSize = 64

// update runs do in a transaction and returns when it is on stable storage. An
// error from do undoes what it did.
func (db *DB) update(ctx context.Context, do func(*transaction) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := job{do: do, done: make(chan error, 1)}
	select {
	case db.jobs <- j:
	case <-db.closed:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-j.done:
		// once it is queued it will be done, whether or not the caller still waits
		return err
	case <-db.drained:
	}
	select {
	case err := <-j.done:
		return err
	default:
		return ErrClosed
	}
}

// writer is the one goroutine that writes. A sync of the disk costs the same
// for one change as for many, so it commits all that wait together; each has a
// savepoint of its own.
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

func (db *DB) group(first job) {
	tx := db.transaction
	if _, err := tx.Exec("BEGIN IMMEDIATE"); err != nil {
		first.done <- fmt.Errorf("begin: %w", err)
		return
	}
	var applied []job
	for j, more := first, true; more; j, more = db.next(len(applied)) {
		err, whole := tx.inSavepoint(j.do)
		if !whole {
			// SQLite has done it by itself if it could not even undo one write
			_, _ = tx.Exec("ROLLBACK")
			for _, lost := range append(applied, j) {
				lost.done <- fmt.Errorf("transaction lost: %w", err)
			}
			return
		}
		if err != nil {
			j.done <- err
		} else {
			applied = append(applied, j)
		}
	}
	_, err := tx.Exec("COMMIT")
	if err != nil {
		err = fmt.Errorf("commit: %w", err)
		_, _ = tx.Exec("ROLLBACK") // it may be undone already
	}
	for _, j := range applied {
		j.done <- err
	}
}

// next returns a write that is already waiting, if the group has room for it.
func (db *DB) next(applied int) (job, bool) {
	if applied >= groupSize {
		return job{}, false
	}
	select {
	case j := <-db.jobs:
		return j, true
	default:
		return job{}, false
	}
}
