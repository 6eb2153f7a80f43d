package state

import (
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/core/run"
)

// StateError is returned when a thing is not in a state from which it may go to
// the wanted one.
type StateError struct {
	Thing string // "arrival", "run", …
	To    run.State
}

// Error says what could not be done.
func (e *StateError) Error() string {
	return fmt.Sprintf("%s is not in a state that can become %s", e.Thing, e.To)
}

// transition moves one row to a state, and sets further columns: set is SQL
// such as ", reason = ?". Where picks the row.
func transition(tx *transaction, thing string, to run.State, set, where string, args ...any) error {
	var from []string
	for _, state := range run.Before(thing, to) {
		from = append(from, "'"+string(state)+"'")
	}
	query := fmt.Sprintf("UPDATE %s SET state = '%s'%s WHERE %s AND state IN (%s)", thing, to, set, where, strings.Join(from, ", "))
	result, err := tx.Exec(query, args...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return &StateError{Thing: thing, To: to}
}
