package state

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/raddeploy/raddeploy/core/run"
)

// moves are triggers, of the connection of a test alone, that note each change of
// a state however it is written.
const moves = `CREATE TEMP TABLE moved (kind TEXT, id TEXT, state TEXT, run TEXT);
CREATE TEMP TRIGGER new_arrival AFTER INSERT ON main.arrival WHEN new.rule <> 'none' BEGIN
  INSERT INTO moved VALUES ('arrival', new.id, new.state, ''); END;
CREATE TEMP TRIGGER moved_arrival AFTER UPDATE OF state ON main.arrival WHEN new.rule <> 'none' AND new.state <> old.state BEGIN
  INSERT INTO moved VALUES ('arrival', new.id, new.state, ''); END;
CREATE TEMP TRIGGER new_run AFTER INSERT ON main.run BEGIN
  INSERT INTO moved VALUES ('run', new.id, new.state, ''); END;
CREATE TEMP TRIGGER moved_run AFTER UPDATE OF state ON main.run WHEN new.state <> old.state BEGIN
  INSERT INTO moved VALUES ('run', new.id, new.state, ''); END;
CREATE TEMP TRIGGER moved_task AFTER UPDATE OF state ON main.task WHEN new.state <> old.state BEGIN
  INSERT INTO moved VALUES ('task', new.idx, new.state, (SELECT id FROM main.run WHERE seq = new.run)); END;
CREATE TEMP TRIGGER new_delivery AFTER INSERT ON main.delivery BEGIN
  INSERT INTO moved VALUES ('delivery', new.id, new.state, (SELECT id FROM main.run WHERE seq = new.run)); END;
CREATE TEMP TRIGGER moved_delivery AFTER UPDATE OF state ON main.delivery WHEN new.state <> old.state BEGIN
  INSERT INTO moved VALUES ('delivery', new.id, new.state, (SELECT id FROM main.run WHERE seq = new.run)); END;
CREATE TEMP TRIGGER new_entry AFTER INSERT ON main.journal WHEN new.result = 'done' BEGIN
  INSERT INTO moved VALUES ('journal', new.seq, 'recorded', ''); END;`

// noteMoves has what a test does to a database noted.
func noteMoves(t *testing.T, db *DB) {
	t.Helper()
	check(t, db.update(t.Context(), func(tx *transaction) error {
		_, err := tx.conn.ExecContext(t.Context(), moves)
		return err
	}))
}

// checkMoves checks that each change was told, and no other, in their order. The
// oldest events may be gone.
func checkMoves(t *testing.T, db *DB) {
	t.Helper()
	read := func(tx *transaction, query string) ([]run.Event, error) {
		rows, err := tx.Query(query)
		if err != nil {
			return nil, err
		}
		return scanAll(rows, func(e *run.Event) []any { return []any{&e.Kind, &e.ID, &e.State, &e.Run} })
	}
	var was, told []run.Event
	var oldest int64
	check(t, db.update(context.WithoutCancel(t.Context()), func(tx *transaction) (err error) {
		if was, err = read(tx, "SELECT kind, id, state, run FROM temp.moved ORDER BY rowid"); err != nil {
			return err
		}
		if err = tx.QueryRow("SELECT coalesce(min(seq), 1) FROM event").Scan(&oldest); err != nil {
			return err
		}
		told, err = read(tx, "SELECT kind, id, state, run FROM event WHERE kind NOT IN ('executor', 'flow') ORDER BY seq")
		return err
	}))
	if oldest > 1 {
		was = was[max(0, len(was)-len(told)):]
	}
	if diff := cmp.Diff(was, told, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("what changed, and what was told (-changed +told):\n%s", diff)
	}
}
