package e2e_test

import (
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// Of two arrivals whose associations broke off one is released and runs, and the
// other is discarded and keeps its objects, over a restart.
func TestReleaseAndDiscard(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("copy", "triggers: [{Modality: CT}]\nmodels: [{image: any, options: {copy: true}}]\n")
	site.StartProgram()
	var ids []string
	for n := range 2 {
		sender := testenv.Dial(t, site.DICOM())
		sender.MustStore(testenv.Series(1)...)
		sender.Abort()
		ids = append(ids, string(site.Arrival(n+1, run.ArrivalIncomplete).ID))
	}
	mentions(t, acts(t, site, 0, "status"), "Held", "2 arrivals for an operator, such as "+ids[0][:8])
	mentions(t, acts(t, site, 0, "release", ids[0][:8]), "arrival "+ids[0][:8]+" is ")
	r := site.Ended("copy", run.Done)
	if string(r.Arrival) != ids[0] || r.Objects != 1 {
		t.Errorf("the run works on %d objects of arrival %s", r.Objects, r.Arrival)
	}
	mentions(t, acts(t, site, 0, "discard", ids[1], "-reason", "sent by mistake"), "is discarded", "discarded by "+me(t)+": sent by mistake")
	if out := acts(t, site, 0, "status"); strings.Contains(out, "Held") {
		t.Errorf("nothing is held any more, and status says:\n%s", out)
	}
	site.Stop()
	site.StartProgram()
	acts(t, site, 0, "discard", ids[1])
	if out := acts(t, site, 0, "release", ids[0]); strings.TrimSpace(out) != "arrival "+ids[0][:8]+" is matched" {
		t.Errorf("released again: %s", out)
	}
	mentions(t, acts(t, site, 1, "release", ids[1]), "cannot go from discarded to complete")
	mentions(t, acts(t, site, 1, "discard", string(r.ID)), "nothing of it is held")
	mentions(t, acts(t, site, 0, "arrivals", ids[1]), "discard ", "sent by mistake", me(t))
	count(t, site, "copy", 1)
	if files := testenv.ReadFiles(t, site.Data("objects", ids[1])); len(files) != 1 {
		t.Errorf("of the discarded arrival %d files are left, want one", len(files))
	}
}

// Objects that came late are held with all that came before, and run when they
// are released.
func TestReleaseOfLateObjects(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("late", "complete: {on: study, idle: 1s, late: hold}\ntriggers: [{Modality: CT}]\nmodels: [{image: any, options: {copy: true}}]\n")
	site.Start()
	ct, _ := parts()
	site.Send(testenv.Write(t, ct[:1]...)...)
	site.Ended("late", run.Done)
	site.Send(testenv.Write(t, ct[1:]...)...)
	held := arrivalOf(t, site, "study", "the late objects to be held", func(a api.Arrival) bool { return a.State == run.ArrivalIncomplete })
	acts(t, site, 0, "release", string(held.ID))
	testenv.Until(t, "a run on what was released", func() (bool, string) {
		runs := site.Runs("late")
		newest := runs[len(runs)-1]
		return len(runs) == 2 && newest.State == run.Done && newest.Arrival == held.ID && newest.Objects == 3, testenv.Describe(newest)
	})
}
