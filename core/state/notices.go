package state

import (
	"context"
	"encoding/json"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// Told returns what people have been told, and what waits to be. Messages that were
// made after a time are counted, up to another: a clock that was set back leaves some in
// the future.
func (db *DB) Told(ctx context.Context, after, until time.Time) (t run.Told, err error) {
	if err = db.queryRow(ctx, "SELECT coalesce((SELECT seq FROM notified), -1)").Scan(&t.Seq); err != nil {
		return t, err
	}
	if t.Troubles, err = db.troubles(ctx); err != nil {
		return t, err
	}
	if t.Notices, err = db.waitingNotices(ctx); err != nil {
		return t, err
	}
	if t.Digests, err = db.digests(ctx); err != nil {
		return t, err
	}
	t.Recent, err = db.recentMessages(ctx, after, until)
	return t, err
}

func (db *DB) troubles(ctx context.Context) ([]run.Trouble, error) {
	rows, err := db.query(ctx, "SELECT notify, subject, kind, owner, since, told, more FROM trouble ORDER BY since, notify, subject")
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (t run.Trouble, err error) {
		var subject string
		var since, told int64
		err = scan(&t.Notify, &subject, &t.Kind, &t.Owner, &since, &told, &t.More)
		t.Subject, t.Since, t.Told = run.ParseSubject(subject), unstamp(since), unstamp(told)
		return t, err
	})
}

func (db *DB) waitingNotices(ctx context.Context) ([]run.WaitingNotice, error) {
	rows, err := db.query(ctx, "SELECT id, notify, owner, content FROM notice ORDER BY id")
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (n run.WaitingNotice, err error) {
		var content []byte
		if err = scan(&n.ID, &n.Notify, &n.Owner, &content); err != nil {
			return n, err
		}
		return n, json.Unmarshal(content, &n.Notice)
	})
}

func (db *DB) digests(ctx context.Context) (map[string]run.DigestDue, error) {
	rows, err := db.query(ctx, "SELECT notify, since, due FROM digest")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := make(map[string]run.DigestDue)
	for rows.Next() {
		var name string
		var since, due int64
		if err := rows.Scan(&name, &since, &due); err != nil {
			return nil, err
		}
		all[name] = run.DigestDue{From: unstamp(since), Due: unstamp(due)}
	}
	return all, rows.Err()
}

// recentMessages counts one for all recipients of a block.
func (db *DB) recentMessages(ctx context.Context, after, until time.Time) (map[[2]string]int, error) {
	rows, err := db.query(ctx, "SELECT notify, owner, count(DISTINCT created) FROM message WHERE created > ? AND created <= ? AND kind = 'events' GROUP BY notify, owner",
		stamp(after), stamp(until))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := make(map[[2]string]int)
	for rows.Next() {
		var name, owner string
		var n int
		if err := rows.Scan(&name, &owner, &n); err != nil {
			return nil, err
		}
		all[[2]string{name, owner}] = n
	}
	return all, rows.Err()
}

// Tell records what one look at the events came to.
func (db *DB) Tell(ctx context.Context, t run.Telling) error {
	return db.update(ctx, func(tx *transaction) error {
		if _, err := tx.Exec("INSERT INTO notified (one, seq) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET seq = excluded.seq", t.Seq); err != nil {
			return err
		}
		for _, id := range t.Dropped {
			if _, err := tx.Exec("DELETE FROM notice WHERE id = ?", id); err != nil {
				return err
			}
		}
		for _, r := range t.Recovered {
			if _, err := tx.Exec("DELETE FROM trouble WHERE notify = ? AND subject = ?", r.Notify, r.Subject.String()); err != nil {
				return err
			}
		}
		for _, r := range t.Troubles {
			_, err := tx.Exec("INSERT OR REPLACE INTO trouble (notify, subject, kind, owner, since, told, more) VALUES (?, ?, ?, ?, ?, ?, ?)",
				r.Notify, r.Subject.String(), r.Kind, r.Owner, stamp(r.Since), stamp(r.Told), r.More)
			if err != nil {
				return err
			}
		}
		for name, d := range t.Digests {
			if d == (run.DigestDue{}) {
				if _, err := tx.Exec("DELETE FROM digest WHERE notify = ?", name); err != nil {
					return err
				}
			} else if _, err := tx.Exec("INSERT OR REPLACE INTO digest (notify, since, due) VALUES (?, ?, ?)", name, stamp(d.From), stamp(d.Due)); err != nil {
				return err
			}
		}
		return addTold(tx, t)
	})
}

// addTold adds notices and messages.
func addTold(tx *transaction, t run.Telling) error {
	for _, n := range t.Notices {
		content, err := json.Marshal(n.Notice)
		if err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT INTO notice (notify, owner, content) VALUES (?, ?, ?)", n.Notify, n.Owner, content); err != nil {
			return err
		}
	}
	for _, m := range t.Messages {
		content, err := json.Marshal(m.Content)
		if err != nil {
			return err
		}
		_, err = tx.Exec("INSERT INTO message (id, notify, owner, recipient, kind, state, created, since, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
			m.ID, m.Notify, m.Owner, m.Recipient, m.Content.Kind, run.MessagePending, stamp(m.Created), int64(m.Since), content)
		if err != nil {
			return err
		}
	}
	return nil
}

// ForgetTold forgets what a site without notify blocks was told, so that a block
// that comes later is not told of the time before.
func (db *DB) ForgetTold(ctx context.Context) error {
	var any bool
	err := db.queryRow(ctx, "SELECT EXISTS (SELECT 1 FROM notified)").Scan(&any)
	if err != nil || !any {
		return err
	}
	return db.update(ctx, func(tx *transaction) error {
		for _, statement := range []string{"DELETE FROM notified", "DELETE FROM trouble", "DELETE FROM notice", "DELETE FROM digest"} {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		return nil
	})
}
