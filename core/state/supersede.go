package state

import "github.com/raddeploy/raddeploy/core/run"

// supersede moves the objects of an incomplete arrival, or a part of them, into
// another arrival.
func supersede(tx *transaction, by run.ArrivalID, old run.Superseding) error {
	if len(old.Part) > 0 {
		return supersedePart(tx, by, old)
	}
	if _, err := tx.Exec(`INSERT OR IGNORE INTO arrival_object (arrival, object)
		SELECT (SELECT seq FROM arrival WHERE id = ?), object FROM arrival_object
		WHERE arrival = (SELECT seq FROM arrival WHERE id = ?)`, by, old.Arrival); err != nil {
		return err
	}
	return transition(tx, withID(old.Arrival), run.ArrivalSuperseded, ", reason = ?", old.Reason)
}

// supersedePart leaves an arrival incomplete, with the objects that do not go.
// An arrival that is superseded as a whole goes on listing its objects; this one
// must not, because it can still become complete.
func supersedePart(tx *transaction, by run.ArrivalID, old run.Superseding) error {
	for _, object := range old.Part {
		if _, err := tx.Exec(`UPDATE OR REPLACE arrival_object SET arrival = (SELECT seq FROM arrival WHERE id = ?)
			WHERE arrival = (SELECT seq FROM arrival WHERE id = ?) AND object = ?`, by, old.Arrival, object); err != nil {
			return err
		}
	}
	_, err := tx.Exec("UPDATE arrival SET reason = ? WHERE id = ?", old.Reason, old.Arrival)
	return err
}
