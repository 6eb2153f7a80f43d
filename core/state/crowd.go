package state

import (
	"context"
	"fmt"

	"github.com/raddeploy/raddeploy/core/internal/wake"
)

// crowd reads for those who come in crowds, as many attempts do that begin at
// once. Each commit empties what a connection has in memory of the database, so
// all that wait are served from one snapshot.
type crowd struct {
	tx      *transaction
	waiting chan job
	ended   chan struct{}
}

// inCrowd reads in a snapshot that it may share. What was committed before is
// seen.
func (db *DB) inCrowd(ctx context.Context, do func(*transaction) error) error {
	return db.submit(ctx, db.crowd.waiting, db.crowd.ended, do)
}

// serve reads until closed.
func (c *crowd) serve(closed <-chan struct{}) {
	defer close(c.ended)
	for {
		select {
		case first := <-c.waiting:
			// Whoever comes later may ask for what is committed after the snapshot.
			c.snapshot(wake.Gather(first, c.waiting))
		case <-closed:
			return
		}
	}
}

func (c *crowd) snapshot(all []job) {
	_, err := c.tx.Exec("BEGIN")
	for _, j := range all {
		if err != nil {
			j.done <- fmt.Errorf("begin to read: %w", err)
			continue
		}
		j.done <- j.do(c.tx)
	}
	_, _ = c.tx.Exec("COMMIT") // of nothing; it fails where BEGIN has
}
