package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// byStudy is a flow that wants both a CT and an MR of a study.
const byStudy = `
complete: {on: study, idle: %s, expect: [{Modality: CT}, {Modality: MR}]}
triggers: [{Modality: CT}, {Modality: MR}]
models: [{image: any, options: {copy: true}}]
`

// parts are two series of one study.
func parts() (ct, mr []testenv.Object) {
	study := dcm.UID("1.2.840.99.1")
	for i := range 3 {
		ct = append(ct, testenv.Object{Study: study, Series: "1.2.840.99.1.1", Instance: dcm.UID(fmt.Sprintf("1.2.840.99.1.1.%d", i+1)), Modality: "CT"})
		mr = append(mr, testenv.Object{Study: study, Series: "1.2.840.99.1.2", Instance: dcm.UID(fmt.Sprintf("1.2.840.99.1.2.%d", i+1)), Modality: "MR"})
	}
	return ct, mr
}

// arrivalOf waits until the newest arrival by a rule is as it should be.
func arrivalOf(t *testing.T, site *testenv.Site, on, what string, is func(api.Arrival) bool) api.Arrival {
	t.Helper()
	var found api.Arrival
	testenv.Until(t, what, func() (bool, string) {
		for _, a := range site.Arrivals() {
			if a.On == on {
				found = a
			}
		}
		return found.ID != "" && is(found), fmt.Sprintf("%+v", found)
	})
	return found
}

// A study that comes by several associations, as ctn's send_image and scanners
// send it, is one arrival: a flow that wants two modalities starts once, on all
// of it, however often the agent is killed in between.
func TestStudyByManyAssociations(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("both", fmt.Sprintf(byStudy, "1s"))
	site.StartProgram()
	ct, mr := parts()
	for _, part := range [][]testenv.Object{ct[:1], ct[1:], mr[:2]} {
		site.Send(testenv.Write(t, part...)...)
		site.Kill()
		site.StartProgram()
	}
	sender := testenv.Dial(t, site.DICOM())
	sender.MustStore(mr[2:]...)
	waiting := arrivalOf(t, site, "study", "an open association to hold the arrival", func(a api.Arrival) bool {
		return strings.Contains(strings.Join(a.WaitsFor, ";"), "an association from SCANNER is open")
	})
	if len(site.Runs("both")) != 0 {
		t.Error("a run began before the study was complete")
	}
	sender.MustRelease()
	r := site.Ended("both", run.Done)
	same(t, "the run", objects(t, site, r.ID), files(append(ct, mr...)))
	if r.Arrival != waiting.ID || len(site.Runs("both")) != 1 {
		t.Errorf("%d runs, of arrival %s, want one of %s", len(site.Runs("both")), r.Arrival, waiting.ID)
	}
}
