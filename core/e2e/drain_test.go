package e2e_test

import (
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// A drained executor ends what it runs and gets nothing new, over a restart;
// what waits says for whom.
func TestDrain(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(2))
	site.Flow("held", held(""))
	site.StartProgram()
	site.Send(testenv.Write(t, testenv.Object{})...)
	r := site.Run("held", "running", testenv.Running(1))
	mentions(t, acts(t, site, 0, "drain", "fake"), "executor fake is healthy, drained by "+me(t)+"; tasks that still run: 1")
	acts(t, site, 0, "drain", "fake")
	if err := site.Backend().Release(sdk.AttemptID(r.Tasks[0].Attempts[0].ID)); err != nil {
		t.Fatal(err)
	}
	waits := func(r api.Run) bool {
		return r.Tasks[0].State == run.TaskSucceeded && r.Tasks[1].Reason == "waits for an executor: fake: drained by "+me(t)
	}
	site.Run("held", "waiting", waits)
	site.Stop()
	site.StartProgram()
	site.Run("held", "waiting", waits)
	mentions(t, acts(t, site, 0, "status"), "healthy, drained by "+me(t))
	mentions(t, acts(t, site, 4, "drain", "none"), "the executors of this site are fake")
	acts(t, site, 0, "undrain", "fake")
	site.Run("held", "running", testenv.Running(1))
	acts(t, site, 0, "cancel", string(r.ID))
	site.Ended("held", run.Canceled)
	if journal := acts(t, site, 0, "journal"); strings.Count(journal, "executor fake") != 2 {
		t.Errorf("the journal is\n%s", journal)
	}
}
