package e2e_test

import (
	"encoding/json"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// A flow runs on what arrived though it did not trigger, has no triggers, or is
// disabled.
func TestRerun(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	const model = "models: [{image: any, options: {copy: true}}]\n"
	site.Flow("mr", "triggers: [{Modality: MR}]\n"+model)
	site.Flow("hand", model)
	site.Start()
	series := testenv.Series(2)
	site.Send(testenv.Write(t, series...)...)
	arrival := string(site.Arrival(1, run.ArrivalUnmatched).ID)

	var made api.Run
	if err := json.Unmarshal([]byte(acts(t, site, 0, "rerun", arrival[:8], "-flow", "hand", "-json")), &made); err != nil {
		t.Fatal(err)
	}
	r := site.Ended("hand", run.Done)
	if r.ID != made.ID || r.Objects != 2 {
		t.Errorf("run %s works on %d objects, want %s on 2", r.ID, r.Objects, made.ID)
	}
	same(t, "the run", objects(t, site, r.ID), files(series))
	acts(t, site, 0, "flow", "disable", "mr")
	acts(t, site, 0, "rerun", string(r.ID), "-flow", "mr")
	r = site.Ended("mr", run.Done)
	if string(r.Arrival) != arrival || r.Objects != 2 {
		t.Errorf("the run of a run works on %d objects of arrival %s", r.Objects, r.Arrival)
	}
	mentions(t, acts(t, site, 0, "runs", string(r.ID)), "rerun ", "flow mr on arrival "+arrival)
	mentions(t, acts(t, site, 4, "rerun", arrival, "-flow", "none"), "raddeploy flow list")
	mentions(t, acts(t, site, 4, "rerun", "none", "-flow", "mr"), "arrival", "run")
	acts(t, site, 2, "rerun", arrival)
}
