package e2e_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// Of a delivery that failed the rest is sent, and no object twice; then all is
// sent to a destination that only the site names.
func TestResend(t *testing.T) {
	t.Parallel()
	var heals atomic.Bool
	archive := &testenv.Archive{Store: func(n int) dimse.Status {
		if n == 1 && !heals.Load() {
			return dimse.CannotUnderstand
		}
		return dimse.Success
	}}
	archive.Listen(t)
	other := testenv.Storescp(t)
	site := programs.NewSite(t, testenv.Fake(1), fmt.Sprintf("destination \"other\" {\n host = \"127.0.0.1\"\n port = %d\n ae_title = \"OTHER\"\n}", other.Port))
	site.Flow("copy", copiesTo(archive.Destination()))
	site.Start()
	series := testenv.Series(3)
	site.Send(testenv.Write(t, series...)...)
	id := string(site.Ended("copy", run.Failed).ID)
	mentions(t, acts(t, site, 1, "retry", id), "all its tasks succeeded")

	heals.Store(true)
	mentions(t, acts(t, site, 0, "resend", id), "run "+id[:8]+" is ")
	r := site.Ended("copy", run.Done)
	if kept := archive.Kept(); len(kept) != 3 || len(r.Deliveries) != 2 || r.Deliveries[1].Sent != 3 || !r.Deliveries[0].Superseded {
		t.Errorf("the archive has %d objects, want each once: %s", len(kept), testenv.Describe(r))
	}

	mentions(t, acts(t, site, 4, "resend", id, "-to", "nowhere"), "it can be sent to")
	acts(t, site, 0, "resend", id, "-to", "other")
	r = site.Ended("copy", run.Done)
	if len(r.Deliveries) != 3 || r.Deliveries[2].Destination != "other" {
		t.Errorf("the run has deliveries %s", testenv.Describe(r))
	}
	same(t, "the other archive", other.Files(), files(series))
	mentions(t, acts(t, site, 0, "runs", id), "resend ", "to other")
}

// A run that was canceled while it was sent is sent after all.
func TestResendOfACanceledRun(t *testing.T) {
	t.Parallel()
	archive := testenv.Storescp(t)
	archive.Stop()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("copy", copiesTo(archive.Destination()))
	site.StartProgram()
	series := testenv.Series(2)
	site.Send(testenv.Write(t, series...)...)
	id := string(site.Run("copy", "sending", tried).ID)
	acts(t, site, 0, "cancel", id)
	site.Ended("copy", run.Canceled)
	archive.Start()
	acts(t, site, 0, "resend", id)
	site.Ended("copy", run.Done)
	same(t, "the archive", archive.Files(), files(series))
}

// tried reports whether a delivery of a run was tried in vain.
func tried(r api.Run) bool {
	return len(r.Deliveries) > 0 && r.Deliveries[0].Tries > 0 && r.Deliveries[0].Reason != ""
}
