package state

import (
	"cmp"
	"context"
	"slices"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// Objects returns the objects of an arrival in the order in which they came. Of
// several with the same SOP instance UID, the last.
func (db *DB) Objects(ctx context.Context, arrival run.ArrivalID) ([]run.Object, error) {
	all, err := db.objects(ctx, `JOIN arrival_object ao ON ao.object = o.id
		WHERE ao.arrival = (SELECT seq FROM arrival WHERE id = ?) ORDER BY ao.object`, arrival)
	return lastOfEach(all), err
}

// lastOfEach leaves out objects whose SOP instance came again. To have SQLite do
// that takes several times as long, and few came again.
func lastOfEach(objects []run.Object) []run.Object {
	last := make(map[dcm.UID]int64, len(objects))
	for i := range objects {
		last[objects[i].SOPInstanceUID] = objects[i].ID
	}
	if len(last) == len(objects) {
		return objects
	}
	return slices.DeleteFunc(objects, func(o run.Object) bool { return last[o.SOPInstanceUID] != o.ID })
}

// Files returns the files of all objects of an arrival, those that lost to a
// later one of the same UID too.
func (db *DB) Files(ctx context.Context, arrival run.ArrivalID) ([]string, error) {
	rows, err := db.query(ctx, `SELECT o.file FROM object o JOIN arrival_object ao ON ao.object = o.id
		WHERE ao.arrival = (SELECT seq FROM arrival WHERE id = ?) ORDER BY o.id`, arrival)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(file *string) []any { return []any{file} })
}

// SelectedObjects returns the objects that a run works on, in the order in
// which they came.
func (db *DB) SelectedObjects(ctx context.Context, id run.ID) (objects []run.Object, err error) {
	err = db.inCrowd(ctx, func(tx *transaction) error {
		rows, err := tx.Query("SELECT "+objectColumn+` FROM run r JOIN selection s ON s.run = r.seq
			CROSS JOIN json_each(s.objects) selected CROSS JOIN object o ON o.id = selected.value WHERE r.id = ?`, id)
		if err != nil {
			return err
		}
		objects, err = scanObjects(rows)
		return err
	})
	// They are in order nearly always, which SQLite cannot know: it would sort them anew.
	slices.SortFunc(objects, func(a, b run.Object) int { return cmp.Compare(a.ID, b.ID) })
	return objects, err
}

func (db *DB) objects(ctx context.Context, tail string, args ...any) ([]run.Object, error) {
	rows, err := db.query(ctx, "SELECT "+objectColumn+" FROM object o "+tail, args...)
	if err != nil {
		return nil, err
	}
	return scanObjects(rows)
}
