package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// committing is a site that Orthanc may ask for storage commitment.
func committing(t *testing.T, settings ...string) *testenv.Site {
	t.Helper()
	site := programs.NewSite(t, append(settings, testenv.Fake(1), fmt.Sprintf(`dicom {
		ae_title = "RADDEPLOY"
		peer "orthanc" {
			ae_title = %q
			commitment { port = %d }
		}
		peer "scanner" { ae_title = %q }
	}`, testenv.OrthancAE, testenv.OrthancPort, testenv.CallingAE))...)
	site.StartProgram()
	return site
}

// Orthanc asks, and is told on an association of ours, also right after it has sent.
func TestOrthancAsksForCommitment(t *testing.T) {
	t.Parallel()
	orthanc := testenv.NewOrthanc(t)
	site := committing(t)
	node := orthanc.Knows("RADDEPLOY", site.DICOM())
	objects := testenv.Series(3)
	site.Send(testenv.Write(t, objects...)...)
	var refs []run.Reference
	for _, o := range objects {
		refs = append(refs, run.Reference{SOPClassUID: testenv.CT, SOPInstanceUID: o.Instance})
	}
	if c := node.Ask(refs...); c.Status != "Success" || len(c.Success) != 3 {
		t.Errorf("Orthanc was told %+v", c)
	}
	missing := run.Reference{SOPClassUID: testenv.CT, SOPInstanceUID: "1.2.3"}
	conflict := run.Reference{SOPClassUID: testenv.MR, SOPInstanceUID: objects[2].Instance}
	c := node.Ask(refs[0], missing, conflict)
	if c.Status != "Failure" || len(c.Success) != 1 || len(c.Failures) != 2 ||
		!strings.Contains(c.Failures[0].Description, "not available") || !strings.Contains(c.Failures[1].Description, "did not correspond") {
		t.Errorf("Orthanc was told %+v", c)
	}
	sent := orthanc.Upload(testenv.Write(t, testenv.Series(5)...)...)
	if c := node.StoreAndAsk(sent...); c.Status != "Success" || len(c.Success) != 5 {
		t.Errorf("Orthanc's job was told %+v", c)
	}
	var many []run.Reference
	for i := range 10_000 {
		many = append(many, run.Reference{SOPClassUID: testenv.CT, SOPInstanceUID: dcm.UID(fmt.Sprintf("1.2.3.%d", i))})
	}
	if c := node.Ask(append(many, refs...)...); c.Status != "Failure" || len(c.Success) != 3 || len(c.Failures) != 10_000 {
		t.Errorf("of many Orthanc was told: %s, %d committed, %d not", c.Status, len(c.Success), len(c.Failures))
	}
}

// Orthanc commits to what it is sent as a destination.
func TestOrthancCommits(t *testing.T) {
	t.Parallel()
	orthanc := testenv.NewOrthanc(t)
	site := programs.NewSite(t, testenv.Fake(1), `dicom { ae_title = "RDCOMMITS" }`, fmt.Sprintf(`destination "orthanc" {
		host       = "127.0.0.1"
		port       = %d
		ae_title   = "ORTHANC"
		commitment = true
	}`, testenv.OrthancPort))
	site.Flow("copy", copiesTo("orthanc"))
	site.StartProgram()
	orthanc.Knows("RDCOMMITS", site.DICOM())
	objects := testenv.Series(3)
	site.Send(testenv.Write(t, objects...)...)
	r := site.Ended("copy", run.Done)
	for _, o := range objects {
		orthanc.MustHave(o.Instance)
	}
	if d := r.Deliveries[0]; d.State != run.DeliveryCommitted || d.Committed != 3 || d.Asks != 1 {
		t.Errorf("%+v", d)
	}
}
