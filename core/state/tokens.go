package state

import (
	"context"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// AddToken records a token that was made.
func (db *DB) AddToken(ctx context.Context, t run.Token, e run.Entry) error {
	return db.change(ctx, e, "INSERT INTO token (id, name, role, hash, by, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?)",
		t.ID, t.Name, t.Role, t.Hash, t.By, stamp(t.Created), stamp(t.Expires))
}

// Tokens returns all tokens, the newest first.
func (db *DB) Tokens(ctx context.Context) ([]run.Token, error) {
	return db.tokens(ctx, "ORDER BY created DESC, id")
}

// Token returns the token with this id.
func (db *DB) Token(ctx context.Context, id string) (run.Token, error) {
	found, err := db.tokens(ctx, "WHERE id = ?", id)
	return only(found, err, "token", id)
}

func (db *DB) tokens(ctx context.Context, tail string, args ...any) ([]run.Token, error) {
	rows, err := db.query(ctx, "SELECT id, name, role, hash, by, created, expires, revoked, used FROM token "+tail, args...)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (t run.Token, err error) {
		var created, expires, revoked, used int64
		err = scan(&t.ID, &t.Name, &t.Role, &t.Hash, &t.By, &created, &expires, &revoked, &used)
		t.Created, t.Expires, t.Revoked, t.Used = unstamp(created), unstamp(expires), unstamp(revoked), unstamp(used)
		return t, err
	})
}

// RevokeToken has a token, whose id is the entry's, not count any more, nor the
// sessions that were begun with it. To revoke one that is revoked records nothing.
func (db *DB) RevokeToken(ctx context.Context, e run.Entry) error {
	e.Before, e.After = string(run.TokenValid), string(run.TokenRevoked)
	return db.change(ctx, e, "UPDATE token SET revoked = ? WHERE id = ? AND revoked = 0", stamp(e.At), e.ID)
}

// UseToken records when a token was last used.
func (db *DB) UseToken(ctx context.Context, id string, at time.Time) error {
	return db.update(ctx, func(tx *transaction) error {
		_, err := tx.Exec("UPDATE token SET used = max(used, ?) WHERE id = ?", stamp(at), id)
		return err
	})
}

// AddSession records a login. Sessions that have ended by then are forgotten.
func (db *DB) AddSession(ctx context.Context, s run.Session, e run.Entry) error {
	return db.update(ctx, func(tx *transaction) error {
		if _, err := tx.Exec("DELETE FROM session WHERE expires <= ?", stamp(e.At)); err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT INTO session (hash, name, role, token, expires) VALUES (?, ?, ?, ?, ?)", s.Hash, s.Name, s.Role, s.Token, stamp(s.Expires)); err != nil {
			return err
		}
		return record(tx, e)
	})
}

// Sessions returns the sessions that count, those that end last first.
func (db *DB) Sessions(ctx context.Context, now time.Time) ([]run.Session, error) {
	return db.sessions(ctx, counts+" ORDER BY expires DESC, hash", stamp(now), stamp(now))
}

// SessionOf returns the session with this id, if it counts.
func (db *DB) SessionOf(ctx context.Context, id string, now time.Time) (run.Session, error) {
	found, err := db.sessions(ctx, counts+" AND "+sessionID+" = ?", stamp(now), stamp(now), id)
	return only(found, err, "session", id)
}

// Session returns the session with this hash, if it has not ended and the token
// that it was begun with counts.
func (db *DB) Session(ctx context.Context, hash []byte, now time.Time) (s run.Session, err error) {
	found, err := db.sessions(ctx, counts+" AND hash = ?", stamp(now), stamp(now), hash)
	if err == nil && len(found) == 0 {
		return s, fmt.Errorf("session: %w", ErrNotFound)
	}
	if err != nil {
		return s, err
	}
	return found[0], nil
}

// counts are the sessions that have not ended and whose token, if they were begun
// with one, is valid.
const counts = `WHERE expires > ? AND (token = '' OR EXISTS
	(SELECT 1 FROM token WHERE id = session.token AND revoked = 0 AND (expires = 0 OR expires > ?)))`

// sessionID is the public id of a session: 64 bits of its hash, from which nobody
// finds the rest.
const sessionID = "lower(hex(substr(hash, 1, 8)))"

func (db *DB) sessions(ctx context.Context, tail string, args ...any) ([]run.Session, error) {
	rows, err := db.query(ctx, "SELECT "+sessionID+", hash, name, role, token, expires FROM session "+tail, args...)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (s run.Session, err error) {
		var expires int64
		err = scan(&s.ID, &s.Hash, &s.Name, &s.Role, &s.Token, &expires)
		s.Expires = unstamp(expires)
		return s, err
	})
}

// EndSession ends a session and records it: a logout, or what an admin did.
func (db *DB) EndSession(ctx context.Context, hash []byte, e run.Entry) error {
	return db.change(ctx, e, "DELETE FROM session WHERE hash = ?", hash)
}
