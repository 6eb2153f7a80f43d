package state

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// Backlog is what is open at one moment, counted. Each part is read by an index
// of open rows alone: what has ended costs nothing.
type Backlog struct {
	Arrivals map[run.ArrivalState]int // open states alone
	Runs     map[run.State]int        // open states alone
	Tasks    map[run.TaskState]int    // pending and running ones of runs that are pending or running
	// OldestPending is when the oldest run was made of which no task has started;
	// zero: there is none.
	OldestPending time.Time
	Deliveries    []DeliveryBacklog
}

// DeliveryBacklog is what waits for one destination.
type DeliveryBacklog struct {
	Name    string // of a site's destination; "": a flow's own, or the sender
	Pending int
	Sending int
	// Uncommitted are sent, and the destination has not said yet that it keeps them.
	Uncommitted int
	Oldest      time.Duration // for how long agents have tried to send the oldest one that is not sent
}

// The conditions are those of the indexes of open rows.
const (
	openArrivals = `SELECT state, count(*) FROM arrival
		WHERE state = 'receiving' OR state = 'incomplete' OR state = 'complete' GROUP BY state`
	openRuns = `SELECT state, count(*) FROM run
		WHERE state = 'pending' OR state = 'running' OR state = 'sending' OR state = 'canceling' GROUP BY state`
	openTasks = `SELECT t.state, count(*) FROM run r JOIN task t ON t.run = r.seq
		WHERE (r.state = 'pending' OR r.state = 'running') AND (t.state = 'pending' OR t.state = 'running') GROUP BY t.state`
	oldestPending = "SELECT coalesce(min(created), 0) FROM run WHERE state = 'pending'"
)

// Backlog counts what is open.
func (db *DB) Backlog(ctx context.Context) (b Backlog, err error) {
	if b.Arrivals, err = countBy[run.ArrivalState](ctx, db, openArrivals); err != nil {
		return b, err
	}
	if b.Runs, err = countBy[run.State](ctx, db, openRuns); err != nil {
		return b, err
	}
	if b.Tasks, err = countBy[run.TaskState](ctx, db, openTasks); err != nil {
		return b, err
	}
	var oldest int64
	if err := db.queryRow(ctx, oldestPending).Scan(&oldest); err != nil {
		return b, err
	}
	b.OldestPending = unstamp(oldest)
	b.Deliveries, err = db.deliveryBacklog(ctx)
	return b, err
}

// openDeliveries walks the indexes of pending and uncommitted deliveries, and reads
// one row of each destination.
const openDeliveries = `SELECT (SELECT name FROM delivery WHERE id = o.first), o.pending, o.sending, o.uncommitted,
		(SELECT since FROM delivery WHERE id = o.first)
	FROM (
		SELECT min(id) AS first, count(*) AS pending, 0 AS sending, 0 AS uncommitted FROM delivery WHERE state = 'pending' GROUP BY host, port, ae_title
		UNION ALL
		SELECT id, 0, 1, 0 FROM delivery WHERE state = 'sending'
		UNION ALL
		SELECT min(id), 0, 0, count(*) FROM delivery WHERE state = 'uncommitted' GROUP BY host, port, ae_title
	) o`

func (db *DB) deliveryBacklog(ctx context.Context) ([]DeliveryBacklog, error) {
	rows, err := db.query(ctx, openDeliveries)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (d DeliveryBacklog, err error) {
		var since time.Duration
		err = scan(&d.Name, &d.Pending, &d.Sending, &d.Uncommitted, &since)
		if d.Uncommitted == 0 {
			d.Oldest = max(0, db.Running()-since)
		}
		return d, err
	})
}

func countBy[S ~string](ctx context.Context, db *DB, query string) (map[S]int, error) {
	rows, err := db.query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := make(map[S]int)
	for rows.Next() {
		var state S
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, err
		}
		counts[state] = n
	}
	return counts, rows.Err()
}

// LastContact is when a peer last had an association.
type LastContact struct {
	Sender run.Sender
	Last   time.Time
}

// LastContacts returns when peers last had associations, by calling AE title and
// address. They are [MostContacts] at the most.
func (db *DB) LastContacts(ctx context.Context) ([]LastContact, error) {
	rows, err := db.query(ctx, "SELECT calling_ae, address, max(last) FROM contact WHERE outcome = 'accepted' GROUP BY calling_ae, address")
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (c LastContact, err error) {
		var last int64
		err = scan(&c.Sender.CallingAE, &c.Sender.Address, &last)
		c.Last = unstamp(last)
		return c, err
	})
}

// DiskSize is how many bytes of the disk the database takes, with its write-ahead
// log.
func (db *DB) DiskSize() (int64, error) {
	var bytes int64
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(db.path + suffix)
		if errors.Is(err, fs.ErrNotExist) && suffix != "" {
			continue
		}
		if err != nil {
			return 0, err
		}
		bytes += info.Size()
	}
	return bytes, nil
}
