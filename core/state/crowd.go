package state

import (
	"context"
	"fmt"
)

// crowd reads for those who come in crowds, as many attempts do that begin at
// once. Each commit empties what a connection has in memory of the database, so
// all that wait are served from one snapshot.
type crowd struct {
	tx      *transaction
	waiting chan reading
	ended   chan struct{}
}

// reading is one read that waits.
type reading struct {
	do   func(*transaction) error
	done chan error
}

// inCrowd reads in a snapshot that it may share. What was committed before is
// seen.
func (db *DB) inCrowd(ctx context.Context, do func(*transaction) error) error {
	r := reading{do, make(chan error, 1)}
	select {
	case db.crowd.waiting <- r:
	case <-db.closed:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-r.done:
		return db.damage.saw(err)
	case <-db.crowd.ended:
		return ErrClosed
	}
}

// serve reads until closed.
func (c *crowd) serve(closed <-chan struct{}) {
	defer close(c.ended)
	for {
		select {
		case first := <-c.waiting:
			c.snapshot(append([]reading{first}, c.others()...))
		case <-closed:
			return
		}
	}
}

// others returns those that wait at this moment. Whoever comes later may ask for
// what is committed after the snapshot.
func (c *crowd) others() []reading {
	var all []reading
	for {
		select {
		case r := <-c.waiting:
			all = append(all, r)
		default:
			return all
		}
	}
}

func (c *crowd) snapshot(all []reading) {
	_, err := c.tx.Exec("BEGIN")
	for _, r := range all {
		if err != nil {
			r.done <- fmt.Errorf("begin to read: %w", err)
			continue
		}
		r.done <- r.do(c.tx)
	}
	_, _ = c.tx.Exec("COMMIT") // of nothing; it fails where BEGIN has
}
