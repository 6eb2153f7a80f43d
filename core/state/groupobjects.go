package state

import (
	"context"

	"github.com/raddeploy/raddeploy/core/run"
)

// Recorded returns the files of all objects of an association that are
// recorded, whatever arrivals they belong to.
func (db *DB) Recorded(ctx context.Context, association run.ArrivalID) ([]string, error) {
	rows, err := db.query(ctx, "SELECT file FROM object WHERE file >= ? AND file < ?", association+"/", association+"0")
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(file *string) []any { return []any{file} })
}

// Members returns how many objects an arrival has, copies too, of how many SOP
// instances they are, and the newest one's id.
func (db *DB) Members(ctx context.Context, arrival run.ArrivalID) (m run.Members, err error) {
	err = db.queryRow(ctx, `SELECT count(*), count(DISTINCT o.sop_instance), coalesce(max(o.id), 0)
		FROM arrival_object ao JOIN object o ON o.id = ao.object
		WHERE ao.arrival = (SELECT seq FROM arrival WHERE id = ?)`, arrival).Scan(&m.Objects, &m.Instances, &m.Newest)
	return m, err
}

// Copies returns the objects of two arrivals, or of one, that share their SOP
// instance with another object of them, in the order in which they came.
func (db *DB) Copies(ctx context.Context, arrival, before run.ArrivalID) ([]run.Object, error) {
	const of = `SELECT ao.object FROM arrival_object ao JOIN arrival a ON a.seq = ao.arrival WHERE a.id IN (?, ?)`
	return db.objects(ctx, `WHERE o.id IN (`+of+`) AND o.sop_instance IN (
		SELECT m.sop_instance FROM object m WHERE m.id IN (`+of+`) GROUP BY m.sop_instance HAVING count(*) > 1) ORDER BY o.id`,
		arrival, before, arrival, before)
}

// NewObjects returns the objects of an arrival that are newer than the one with
// this id, in the order in which they came.
func (db *DB) NewObjects(ctx context.Context, arrival run.ArrivalID, after int64) ([]run.Object, error) {
	return db.objects(ctx, `WHERE o.id IN (
		SELECT object FROM arrival_object WHERE arrival = (SELECT seq FROM arrival WHERE id = ?) AND object > ?) ORDER BY o.id`, arrival, after)
}

// SentBy returns who opened each association that has sent to an arrival of a
// series or study.
func (db *DB) SentBy(ctx context.Context, arrival run.ArrivalID) (map[run.ArrivalID]run.Sender, error) {
	rows, err := db.query(ctx, `SELECT p.id, p.calling_ae, p.called_ae, p.address FROM arrival_sender x JOIN arrival p ON p.seq = x.association
		WHERE x.arrival = (SELECT seq FROM arrival WHERE id = ?)`, arrival)
	if err != nil {
		return nil, err
	}
	type sent struct {
		by     run.ArrivalID
		sender run.Sender
	}
	all, err := scanAll(rows, func(s *sent) []any { return []any{&s.by, &s.sender.CallingAE, &s.sender.CalledAE, &s.sender.Address} })
	senders := make(map[run.ArrivalID]run.Sender, len(all))
	for _, s := range all {
		senders[s.by] = s.sender
	}
	return senders, err
}
