package state

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/run"
)

// Rows that are open are found among any number that are not.
func TestOpenRowsAreFoundByIndex(t *testing.T) {
	db := open(t)
	for index, query := range map[string]string{
		"arrival_open": "SELECT * FROM arrival a WHERE " + in("a.state", []run.ArrivalState{run.ArrivalComplete}),
		"run_open":     "SELECT min(seq) FROM run WHERE " + in("state", []run.State{run.Pending, run.Running, run.Sending}),
		"attempt_open": "SELECT * FROM attempt t WHERE " + in("t.state", []run.AttemptState{run.AttemptIntended, run.AttemptStarted, run.AttemptEnded}),
		"arrival_uid (uid=? AND rule=? AND state<?)": strings.ReplaceAll(newestOf, "?", "''"),
		"arrival_uid (uid=? AND rule<?)":             strings.ReplaceAll(newestOf, "?", "''"),
		"arrival_uid (uid=?) CORRELATED":             strings.ReplaceAll(newestTwo, "?", "''"),
	} {
		rows, err := db.query(t.Context(), "EXPLAIN QUERY PLAN "+query)
		check(t, err)
		steps, err := scanRows(rows, func(scan func(...any) error) (step string, err error) {
			var ignored any
			err = scan(&ignored, &ignored, &ignored, &step)
			return step, err
		})
		check(t, err)
		if plan := fmt.Sprint(steps); !strings.Contains(plan, index) {
			t.Errorf("%s is not used: %s", index, plan)
		}
	}
}
