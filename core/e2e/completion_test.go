package e2e_test

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
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
	site.Flow("both", fmt.Sprintf(byStudy, "15s")) // longer than an agent takes to begin again
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

// ctn's send_image opens an association for each SOP class.
func TestStudyByCtn(t *testing.T) {
	t.Parallel()
	program := testenv.Tool(t, "send_image")
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("both", fmt.Sprintf(byStudy, "1s"))
	site.Start()
	ct, mr := parts()
	for i := range mr {
		mr[i].Class = testenv.MR
	}
	host, port, _ := strings.Cut(site.DICOM(), ":")
	args := append([]string{"-q", "-a", "CTN", "-X", string(dcm.ExplicitVRLittleEndian), host, port}, testenv.Write(t, append(ct, mr...)...)...)
	if output, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil {
		t.Fatalf("send_image: %v: %s", err, output)
	}
	r := site.Ended("both", run.Done)
	if r.Objects != 6 || r.CallingAE != "CTN" || len(site.Runs("both")) != 1 {
		t.Errorf("%d runs, with %d objects of %s", len(site.Runs("both")), r.Objects, r.CallingAE)
	}
}

// Two senders send series of one study at once. Both are recorded, results
// return to each, and what one of them sends late is a revision with all
// objects.
func TestSendersOfOneStudy(t *testing.T) {
	t.Parallel()
	archive := testenv.Storescp(t)
	site := programs.NewSite(t, testenv.Fake(1), `dicom {
		complete {
			on   = "study"
			idle = "1s"
		}
	}`)
	site.Flow("copy", fmt.Sprintf("return_to_sender_on_ports: [%d]\ntriggers: [{Modality: .}]\nmodels: [{image: any, options: {copy: true}}]\n", archive.Port))
	site.Start()
	ct, mr := parts()
	var sending sync.WaitGroup
	for title, objects := range map[string][]testenv.Object{"CT1": ct, "MR1": mr[:2]} {
		paths := testenv.Write(t, objects...)
		sending.Go(func() {
			if output, err := testenv.Storescu(t, site.DICOM(), []string{"-aet", title}, paths...); err != nil {
				t.Errorf("storescu: %v: %s", err, output)
			}
		})
	}
	sending.Wait()
	first := site.Ended("copy", run.Done)
	if got := archive.Files(); len(got) != 2*5 {
		t.Errorf("the archive has %d files, want the 5 objects once for each sender", len(got))
	}
	if got := returned(first); got != "CT1 MR1" {
		t.Errorf("results returned to %s, want CT1 and MR1 once each", got)
	}
	if output, err := testenv.Storescu(t, site.DICOM(), []string{"-aet", "MR1"}, testenv.Write(t, mr[2])...); err != nil {
		t.Errorf("storescu: %v: %s", err, output)
	}
	again := arrivalOf(t, site, "study", "a revision", func(a api.Arrival) bool { return a.Revision == 2 && a.State == run.ArrivalMatched })
	if again.Previous != first.Arrival || again.Objects != 6 || len(again.Senders) != 2 {
		t.Errorf("the revision is %+v", again)
	}
	r := site.Ended("copy", run.Done)
	same(t, "the run", objects(t, site, r.ID), files(append(ct, mr...)))
	if got := returned(r); r.ID == first.ID || got != "CT1 MR1" {
		t.Errorf("results of run %s returned to %s, want CT1 and MR1 once each", r.ID, got)
	}
	for _, command := range [][]string{{"arrivals"}, {"arrivals", string(again.ID)}, {"explain", string(again.ID)}} {
		if code, out := cli(t, site, command...); code != 0 || !strings.Contains(out, "study (revision 2)") || !strings.Contains(out, "1 object came after "+string(first.Arrival)) {
			t.Errorf("%v: exit code %d, %s", command, code, out)
		}
	}
}

// returned lists whom a run's results went to.
func returned(r api.Run) string {
	var titles []string
	for _, d := range r.Deliveries {
		titles = append(titles, d.AETitle)
	}
	slices.Sort(titles)
	return strings.Join(titles, " ")
}

// Two flows have rules of their own on the same data. When the rule of one
// changes while an arrival waits for it, the arrival ends by the rule that it
// was begun with, and the flow runs on it.
func TestRuleOfAFlowChanges(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	const study = "complete: {on: study, idle: %s}\ntriggers: [{Modality: MR}]\nmodels: [{image: any, options: {copy: true}}]\n"
	site.Flow("each", copies)
	site.Flow("study", fmt.Sprintf(study, "4s"))
	site.Start()
	_, mr := parts()
	site.Send(testenv.Write(t, mr[:1]...)...)
	site.Ended("each", run.Done)
	arrivalOf(t, site, "study", "the study to wait", func(a api.Arrival) bool { return strings.HasPrefix(strings.Join(a.WaitsFor, ""), "no object for ") })
	site.Flow("study", fmt.Sprintf(study, "1h")+"owner: somebody else\n")
	testenv.Until(t, "the new rule to be in force", func() (bool, string) {
		_, out := cli(t, site, "flow", "show", "study")
		return strings.Contains(out, "somebody else"), out
	})
	site.Send(testenv.Write(t, mr[1:]...)...)
	r := site.Ended("study", run.Done)
	same(t, "the run", objects(t, site, r.ID), files(mr))
	if n := len(site.Runs("each")); n != 2 {
		t.Errorf("%d runs by association, want 2", n)
	}
}
