package state

import (
	"context"
	"encoding/json"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// dueMessages reads what is due alone, by the index of what is pending: it is asked for
// every two seconds, and SQLite would take the order of the rows.
const dueMessages = `INDEXED BY message_pending
	WHERE state = 'pending' AND notify = ? AND (next_try <= ? OR next_try > ?) ORDER BY seq`

// DueMessages returns the messages of a block that are to be tried now, oldest first. A
// time further away than the longest pause is one of a clock that was set back; 0: all
// that are pending.
func (db *DB) DueMessages(ctx context.Context, notify string, now time.Time, longest time.Duration) ([]run.Message, error) {
	return db.messages(ctx, dueMessages, notify, stamp(now), stamp(now.Add(longest)))
}

// Messages returns the newest messages, up to most, newest first.
func (db *DB) Messages(ctx context.Context, most int) ([]run.Message, error) {
	return db.messages(ctx, "ORDER BY seq DESC LIMIT ?", most)
}

func (db *DB) messages(ctx context.Context, tail string, args ...any) ([]run.Message, error) {
	rows, err := db.query(ctx, "SELECT id, notify, owner, recipient, state, created, since, tries, next_try, reason, finished, content FROM message "+tail, args...)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (m run.Message, err error) {
		var created, since, next, finished int64
		var content []byte
		if err = scan(&m.ID, &m.Notify, &m.Owner, &m.Recipient, &m.State, &created, &since, &m.Tries, &next, &m.Reason, &finished, &content); err != nil {
			return m, err
		}
		m.Created, m.Since, m.NextTry, m.Finished = unstamp(created), time.Duration(since), unstamp(next), unstamp(finished)
		return m, json.Unmarshal(content, &m.Content)
	})
}

// EndMessage records the end of a try at a message.
func (db *DB) EndMessage(ctx context.Context, end run.MessageEnd) error {
	return db.update(ctx, func(tx *transaction) error {
		tx.ends.clock = true
		if end.State != run.MessagePending {
			return transition(tx, withID(end.ID), end.State, ", tries = tries + 1, reason = ?, next_try = 0, finished = ?", end.Reason, stamp(end.At))
		}
		_, err := tx.Exec("UPDATE message SET tries = tries + 1, reason = ?, next_try = ? WHERE id = ? AND state = 'pending'", end.Reason, stamp(end.Next), end.ID)
		return err
	})
}

// ForgetMessages removes up to most messages that have ended and were made before a
// time.
func (db *DB) ForgetMessages(ctx context.Context, before time.Time, most int) error {
	const old = "SELECT seq FROM message WHERE created < ? AND state <> 'pending' ORDER BY created LIMIT ?"
	var any bool
	err := db.queryRow(ctx, "SELECT EXISTS ("+old+")", stamp(before), most).Scan(&any)
	if err != nil || !any {
		return err
	}
	return db.update(ctx, func(tx *transaction) error {
		_, err := tx.Exec("DELETE FROM message WHERE seq IN ("+old+")", stamp(before), most)
		return err
	})
}

// PendingMessagesOf counts, by the block's name, the messages that are to be sent.
func (db *DB) PendingMessagesOf(ctx context.Context) (map[string]int, error) {
	return countBy[string](ctx, db, "SELECT notify, count(*) FROM message WHERE state = 'pending' GROUP BY notify")
}

// FlowDigests counts the runs that were made during a time, by flow.
func (db *DB) FlowDigests(ctx context.Context, from, to time.Time) ([]run.FlowDigest, error) {
	rows, err := db.query(ctx, `SELECT flow, sum(state = 'done'), sum(state = 'failed'), sum(state <> 'done' AND state <> 'failed')
		FROM run WHERE created >= ? AND created < ? GROUP BY flow ORDER BY flow`, stamp(from), stamp(to))
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(f *run.FlowDigest) []any { return []any{&f.Flow, &f.Done, &f.Failed, &f.Other} })
}
