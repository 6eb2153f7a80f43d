package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"sync"

	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// DB is an open state database. It is safe for use by many goroutines; only one
// process may have it open for writing.
type DB struct {
	read        *sql.DB
	queries     sync.Map // of *sql.Stmt by their text
	write       *sql.DB
	transaction *transaction // the writer's alone
	clock       runClock
	jobs        chan job
	closed      chan struct{} // no more jobs are taken
	drained     chan struct{} // the writer has ended
	crowd       crowd
}

// ErrClosed is returned for writes after Close.
var ErrClosed = errors.New("state database is closed")

// ErrNotFound is returned when nothing has the id or prefix that was asked for.
var ErrNotFound = errors.New("not found")

// Open opens the database at path, creates it if it is missing and brings its
// schema up to date.
func Open(ctx context.Context, path string) (*DB, error) {
	write, err := connect(path, "rwc", 1)
	if err != nil {
		return nil, fmt.Errorf("open state database %s: %w", path, err)
	}
	if err := migrate(ctx, write); err != nil {
		write.Close()
		return nil, fmt.Errorf("open state database %s: %w", path, err)
	}
	read, err := connect(path, "rw", 5)
	if err != nil {
		write.Close()
		return nil, fmt.Errorf("open state database %s: %w", path, err)
	}
	writer, cannotWrite := begin(ctx, write)
	reader, cannotRead := begin(ctx, read)
	if err := errors.Join(cannotWrite, cannotRead); err != nil {
		write.Close()
		read.Close()
		return nil, fmt.Errorf("open state database %s: %w", path, err)
	}
	db := &DB{
		read: read, write: write, transaction: writer,
		jobs: make(chan job, 64), closed: make(chan struct{}), drained: make(chan struct{}),
		crowd: crowd{reader, make(chan reading, 64), make(chan struct{})},
	}
	go db.writer()
	go db.crowd.serve(db.closed)
	if err := db.openClock(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open state database %s: %w", path, err), db.Close())
	}
	return db, nil
}

// Close commits what is waiting and closes the database.
func (db *DB) Close() error {
	close(db.closed)
	<-db.drained
	<-db.crowd.ended
	return errors.Join(db.crowd.tx.conn.Close(), db.read.Close(), db.transaction.conn.Close(), db.write.Close())
}

func connect(path, mode string, connections int) (*sql.DB, error) {
	query := url.Values{
		"mode":    {mode},
		"_txlock": {"immediate"},
		"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)", "busy_timeout(10000)", "wal_autocheckpoint(4000)"},
	}
	dsn := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, db.Ping()
}
