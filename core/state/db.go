package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/raddeploy/raddeploy/core/internal/wake"

	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// DB is an open state database. It is safe for use by many goroutines; only one
// process may have it open for writing.
type DB struct {
	path        string
	read        *sql.DB
	queries     sync.Map // of *sql.Stmt by their text
	write       *sql.DB
	transaction *transaction // the writer's alone
	clock       runClock
	jobs        chan job
	closed      chan struct{} // no more jobs are taken
	drained     chan struct{} // the writer has ended
	crowd       crowd
	damage      damage
	changed     wake.Broadcast // by a commit
	committed   atomic.Pointer[func(took time.Duration)]
}

// ErrClosed is returned for writes after Close.
var ErrClosed = errors.New("state database is closed")

// ErrNotFound is returned when nothing has the id or prefix that was asked for.
var ErrNotFound = errors.New("not found")

// Open opens the database at path, creates it if it is missing and brings its
// schema up to date.
func Open(ctx context.Context, path string) (*DB, error) {
	db, err := openDB(ctx, path)
	if err != nil {
		return nil, openError(path, err)
	}
	return db, nil
}

func openDB(ctx context.Context, path string) (*DB, error) {
	write, err := connect(path, "rwc", 1, pragmas...)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, write); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read, err := connect(path, "rw", 5, pragmas...)
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	writer, cannotWrite := begin(ctx, write)
	reader, cannotRead := begin(ctx, read)
	if err := errors.Join(cannotWrite, cannotRead); err != nil {
		return nil, errors.Join(err, read.Close(), write.Close())
	}
	db := &DB{
		path: path, read: read, write: write, transaction: writer,
		jobs: make(chan job, 64), closed: make(chan struct{}), drained: make(chan struct{}),
		crowd: crowd{reader, make(chan job, 64), make(chan struct{})},
	}
	go db.writer()
	go db.crowd.serve(db.closed)
	if err := db.openClock(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open state database %s: %w", path, err), db.Close())
	}
	return db, nil
}

// Close commits what is waiting and closes the database. Then its file alone is
// whole, unless a read is still under way that does not end in time.
func (db *DB) Close() error {
	close(db.closed)
	<-db.drained
	<-db.crowd.ended
	// An open statement keeps its connection open, and only the last connection
	// that is closed moves what is in the write-ahead log into the file.
	errs := []error{db.crowd.tx.close(), db.transaction.close(), db.crowd.tx.conn.Close(), db.read.Close()}
	errs = append(errs, db.checkpoint(), db.transaction.conn.Close(), db.write.Close())
	return errors.Join(errs...)
}

// checkpoint moves everything from the write-ahead log into the file.
func (db *DB) checkpoint() error {
	_, err := db.transaction.conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
	if err != nil {
		return fmt.Errorf("state database: checkpoint: %w", err)
	}
	return nil
}

// pragmas are how the agent works on its database.
var pragmas = []string{"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)", "wal_autocheckpoint(4000)"}

// connect opens a database that is created if it is missing (rwc), or not (rw).
func connect(path, mode string, connections int, pragmas ...string) (*sql.DB, error) {
	query := url.Values{"mode": {mode}, "_txlock": {"immediate"}, "_pragma": append([]string{"busy_timeout(10000)"}, pragmas...)}
	dsn := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	if err := db.Ping(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}
