package state

import (
	"context"
	"time"
)

// runClock counts how long agents have run on a database. It never jumps, as the
// clock on the wall can, and it stands still while no agent runs.
type runClock struct {
	before time.Duration // by earlier agents, as far as they saved it
	opened time.Time
}

// openClock reads how long earlier agents have run.
func (db *DB) openClock(ctx context.Context) error {
	db.clock.opened = time.Now()
	return db.queryRow(ctx, "SELECT running FROM clock").Scan(&db.clock.before)
}

// Running is how long agents have run on this database: this one, and those
// before it. After a crash it may begin somewhat earlier than it was, by the time
// since the last end of an attempt or of a try at a delivery.
func (db *DB) Running() time.Duration { return db.clock.before + time.Since(db.clock.opened) }

// saveClock saves how long agents have run. A write whose reader asks for it sets
// [ends.clock].
func (db *DB) saveClock(tx *transaction) error {
	_, err := tx.Exec("UPDATE clock SET running = ?", int64(db.Running()))
	return err
}
