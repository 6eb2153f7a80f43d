package state

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// placeObjects puts objects of an association into arrivals of series and
// studies, as place decides. First is the id of the first object, and those of
// the others follow.
func placeObjects(tx *transaction, association, first int64, place run.Place) error {
	if place == nil {
		return nil
	}
	placings, err := place(func(uids []dcm.UID) (map[dcm.UID][]run.Arrival, error) { return groupsOf(tx, uids) })
	if err != nil {
		return err
	}
	for _, p := range placings {
		if err := placeGroup(tx, association, first, p); err != nil {
			return err
		}
	}
	return nil
}

func placeGroup(tx *transaction, association, first int64, p run.Placing) (err error) {
	if p.Into.Seq == 0 {
		p.Into.Seq, err = openGroup(tx, association, p)
	} else {
		_, err = tx.Exec("UPDATE arrival SET last = ?, due = ? WHERE seq = ?", stamp(p.Last), stamp(p.Due), p.Into.Seq)
	}
	if err != nil {
		return err
	}
	indexes, err := json.Marshal(slices.Concat([]int{}, p.Objects)) // an array, also of none
	if err != nil {
		return err
	}
	if _, err := tx.Exec("INSERT INTO arrival_object (arrival, object) SELECT ?, ? + value FROM json_each(?)",
		p.Into.Seq, first, string(indexes)); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT OR IGNORE INTO arrival_sender (arrival, association) VALUES (?, ?)", p.Into.Seq, association)
	return err
}

// openGroup makes the row of a new arrival, whose sender is that of the
// association that brought its first object.
func openGroup(tx *transaction, association int64, p run.Placing) (seq int64, err error) {
	a := p.Into
	result, err := tx.Exec(`INSERT INTO arrival (id, state, calling_ae, called_ae, address, opened, rule, uid, revision, previous, last, deadline, due)
		SELECT ?, ?, calling_ae, called_ae, address, ?, ?, ?, ?, (SELECT seq FROM arrival WHERE id = ?), ?, ?, ? FROM arrival WHERE seq = ?`,
		a.ID, run.ArrivalReceiving, stamp(a.Opened), a.Rule, a.UID, a.Revision, a.Previous, stamp(p.Last), stamp(a.Deadline), stamp(p.Due), association)
	if err != nil {
		return 0, err
	}
	tx.arrivalIs(a.ID, run.ArrivalReceiving, a.Rule)
	return result.LastInsertId()
}

const groupColumns = `a.seq, a.id, a.state, a.calling_ae, a.called_ae, a.address, a.opened, a.completed, a.rule, a.uid, a.revision,
	coalesce((SELECT p.id FROM arrival p WHERE p.seq = a.previous), ''), a.last, a.deadline, a.files_removed`

func scanGroup(scan func(...any) error) (a run.Arrival, err error) {
	var opened, completed, last, deadline, removed int64
	err = scan(&a.Seq, &a.ID, &a.State, &a.Sender.CallingAE, &a.Sender.CalledAE, &a.Sender.Address, &opened, &completed,
		&a.Rule, &a.UID, &a.Revision, &a.Previous, &last, &deadline, &removed)
	a.FilesRemoved = unstamp(removed)
	a.Opened, a.Completed, a.Last, a.Deadline = unstamp(opened), unstamp(completed), unstamp(last), unstamp(deadline)
	return a, err
}

// groupsOf reads arrivals of some UIDs of series or studies, of each rule and
// state the newest, oldest first, without counting their objects.
func groupsOf(tx *transaction, uids []dcm.UID) (map[dcm.UID][]run.Arrival, error) {
	asked, err := json.Marshal(uids)
	if err != nil {
		return nil, err
	}
	found, err := groups(tx, newestTwo, string(asked))
	if err != nil {
		return nil, err
	}
	of := make(map[dcm.UID][]run.Arrival, len(uids))
	for _, a := range found {
		of[a.UID] = append(of[a.UID], a)
	}
	for uid, some := range of {
		if len(some) == 1 {
			continue
		}
		if of[uid], err = groups(tx, newestOf, uid); err != nil {
			return nil, err
		}
	}
	return of, nil
}

func groups(tx *transaction, query string, of any) ([]run.Arrival, error) {
	rows, err := tx.Query(query, of)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, scanGroup)
}

// newestTwo is enough for nearly every UID of a JSON array: it has one arrival,
// or none.
const newestTwo = "SELECT " + groupColumns + ` FROM json_each(?) asked CROSS JOIN arrival a ON a.seq IN (
		SELECT n.seq FROM arrival n WHERE n.uid = asked.value AND n.uid <> '' ORDER BY n.rule DESC, n.state DESC, n.seq DESC LIMIT 2)`

// newestOf walks the index arrival_uid from rule to rule and state to state. What
// it costs grows with their number, and not with that of the arrivals: some
// senders send one test object for years.
const newestOf = `WITH RECURSIVE newest (seq) AS (
		SELECT (SELECT a.seq FROM arrival a WHERE a.uid = ? AND a.uid <> '' ORDER BY a.rule DESC, a.state DESC, a.seq DESC LIMIT 1)
		UNION ALL
		SELECT coalesce(
			(SELECT a.seq FROM arrival a WHERE a.uid = c.uid AND a.uid <> '' AND a.rule = c.rule AND a.state < c.state ORDER BY a.state DESC, a.seq DESC LIMIT 1),
			(SELECT a.seq FROM arrival a WHERE a.uid = c.uid AND a.uid <> '' AND a.rule < c.rule ORDER BY a.rule DESC, a.state DESC, a.seq DESC LIMIT 1))
		FROM newest n JOIN arrival c ON c.seq = n.seq
	)
	SELECT ` + groupColumns + ` FROM newest n CROSS JOIN arrival a ON a.seq = n.seq ORDER BY a.seq`

// Associations returns the associations that are recorded as open. Their objects
// are not counted.
func (db *DB) Associations(ctx context.Context) ([]run.Content, error) {
	rows, err := db.query(ctx, `SELECT id, seq, rule, EXISTS (SELECT 1 FROM arrival_sender s WHERE s.association = a.seq)
		FROM arrival a WHERE state = 'receiving' AND uid = '' ORDER BY seq`)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(c *run.Content) []any { return []any{&c.Arrival, &c.Seq, &c.Rule, &c.Shared} })
}

// Due returns the arrivals of series and studies that may be complete at a
// moment, and when the next ones may; the zero time: none waits. Their objects
// are not counted.
func (db *DB) Due(ctx context.Context, at time.Time) (due []run.Arrival, next time.Time, err error) {
	rows, err := db.query(ctx, "SELECT "+groupColumns+" FROM arrival a WHERE a.due > 0 AND a.due <= ? ORDER BY a.due, a.seq", stamp(at))
	if err != nil {
		return nil, next, err
	}
	if due, err = scanRows(rows, scanGroup); err != nil {
		return nil, next, err
	}
	var ns int64
	err = db.queryRow(ctx, "SELECT coalesce(min(due), 0) FROM arrival WHERE due > 0 AND due > ?", stamp(at)).Scan(&ns)
	return due, unstamp(ns), err
}

// Waiting returns all arrivals of series and studies that wait for more
// objects, oldest first. Their objects are not counted.
func (db *DB) Waiting(ctx context.Context) ([]run.Arrival, error) {
	rows, err := db.query(ctx, "SELECT "+groupColumns+" FROM arrival a WHERE a.due > 0 ORDER BY a.seq")
	if err != nil {
		return nil, err
	}
	return scanRows(rows, scanGroup)
}

// SetTimers records when waiting arrivals may be complete. One that does not
// wait any more, or waits after another object, is passed over.
func (db *DB) SetTimers(ctx context.Context, timers []run.Timer) error {
	return db.update(ctx, func(tx *transaction) error {
		for _, t := range timers {
			if _, err := tx.Exec("UPDATE arrival SET last = ?1, deadline = ?2, due = ?3 WHERE id = ?4 AND due > 0 AND (?5 = 0 OR last = ?5)",
				stamp(t.Last), stamp(t.Deadline), stamp(t.Due), t.Arrival, stamp(t.After)); err != nil {
				return err
			}
		}
		return nil
	})
}

// CompleteArrival ends the waiting of an arrival of a series or study.
func (db *DB) CompleteArrival(ctx context.Context, c run.Completion) error {
	return db.update(ctx, func(tx *transaction) error {
		var seq, newest int64
		if err := tx.QueryRow("SELECT seq, coalesce((SELECT max(object) FROM arrival_object WHERE arrival = seq), 0) FROM arrival WHERE id = ?",
			c.Arrival).Scan(&seq, &newest); err != nil {
			return err
		}
		if newest > c.Newest {
			return run.ErrObjectsCame
		}
		if err := transition(tx, withID(c.Arrival), c.State, ", reason = ?, completion = ?, completed = ?, due = 0", c.Reason, c.Completion, stamp(c.At)); err != nil {
			return err
		}
		if c.Before == "" {
			return nil
		}
		return takeIn(tx, seq, c)
	})
}

// takeIn gives an arrival what the revision before it has.
func takeIn(tx *transaction, seq int64, c run.Completion) error {
	for _, statement := range []string{
		"INSERT OR IGNORE INTO arrival_object (arrival, object) SELECT ?, object FROM arrival_object WHERE arrival = (SELECT seq FROM arrival WHERE id = ?)",
		"INSERT OR IGNORE INTO arrival_sender (arrival, association) SELECT ?, association FROM arrival_sender WHERE arrival = (SELECT seq FROM arrival WHERE id = ?)",
	} {
		if _, err := tx.Exec(statement, seq, c.Before); err != nil {
			return err
		}
	}
	var state run.ArrivalState
	if err := tx.QueryRow("SELECT state FROM arrival WHERE id = ?", c.Before).Scan(&state); err != nil {
		return err
	}
	if state != run.ArrivalIncomplete {
		return nil
	}
	return transition(tx, withID(c.Before), run.ArrivalSuperseded, ", reason = ?", c.Superseded)
}

// sendersColumn is the senders of arrival a, each once, as JSON.
const sendersColumn = `(SELECT json_group_array(json_object('CallingAE', s.calling_ae, 'CalledAE', s.called_ae, 'Address', s.address)) FROM (
	SELECT min(p.seq), p.calling_ae, p.called_ae, p.address FROM arrival_sender x JOIN arrival p ON p.seq = x.association WHERE x.arrival = a.seq
	GROUP BY p.calling_ae, p.called_ae, p.address ORDER BY 1) s)`

// readSenders reads a [sendersColumn]; "" and an empty list are none.
func readSenders(text string) (senders []run.Sender, err error) {
	if text == "" || text == "[]" {
		return nil, nil
	}
	err = json.Unmarshal([]byte(text), &senders)
	return senders, err
}

// own makes an association an arrival of its own, with all that it brought.
func own(tx *transaction, association run.ArrivalID) error {
	if _, err := tx.Exec("UPDATE arrival SET rule = '' WHERE id = ?", association); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT OR IGNORE INTO arrival_object (arrival, object)
		SELECT (SELECT seq FROM arrival WHERE id = ?), id FROM object WHERE file >= ? AND file < ?`, association, association+"/", association+"0")
	return err
}
