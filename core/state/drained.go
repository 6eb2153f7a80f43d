package state

import (
	"context"

	"github.com/raddeploy/raddeploy/core/run"
)

// Drain records that an executor, whose name is the entry's id, gets no new task
// until Undrain. To drain one that is drained changes and records nothing.
func (db *DB) Drain(ctx context.Context, e run.Entry) error {
	e.Before, e.After = "in use", "drained"
	return db.change(ctx, e, "INSERT OR IGNORE INTO drained (executor, since, name, address) VALUES (?, ?, ?, ?)",
		e.ID, stamp(e.At), e.By.String(), e.By.Address)
}

// Undrain undoes Drain.
func (db *DB) Undrain(ctx context.Context, e run.Entry) error {
	e.Before, e.After = "drained", "in use"
	return db.change(ctx, e, "DELETE FROM drained WHERE executor = ?", e.ID)
}

// Drained returns the executors that are drained, by their names.
func (db *DB) Drained(ctx context.Context) (map[string]run.Drained, error) {
	rows, err := db.query(ctx, "SELECT executor, since, name FROM drained")
	if err != nil {
		return nil, err
	}
	all, err := scanRows(rows, func(scan func(...any) error) (d run.Drained, err error) {
		var since int64
		err = scan(&d.Executor, &since, &d.By)
		d.Since = unstamp(since)
		return d, err
	})
	drained := make(map[string]run.Drained, len(all))
	for _, d := range all {
		drained[d.Executor] = d
	}
	return drained, err
}
