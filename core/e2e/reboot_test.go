package e2e_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// The host loses its power while a task ends. Its runtime may know the end and the
// disk not all of the output, so the task runs again.
func TestTheHostIsBootedAnew(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("held", holds(0, ""))
	site.StartProgram()
	site.Send(testenv.Write(t, testenv.Object{})...)
	before := site.Run("held", "running", testenv.Running(1))
	site.Stop()
	release(t, site.Backend(), before)

	db, err := sql.Open("sqlite", site.Data("state.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("UPDATE boot SET id = 'another'"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	site.StartProgram()
	again := site.Run("held", "running again", func(r api.Run) bool { return len(r.Tasks[0].Attempts) == 2 && testenv.Running(1)(r) })
	if reason := again.Tasks[0].Attempts[0].Reason; !strings.Contains(reason, "may be cut") {
		t.Errorf("the first try is said to have ended because of %q", reason)
	}
	release(t, site.Backend(), again)
	site.Ended("held", run.Done)
}
