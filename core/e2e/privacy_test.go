package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// Flows that ask for a patient's name, a container that prints it, objects that
// are refused, associations that break off, deliveries that fail: with every
// level of the log on, the agent and its plugins never repeat what stands in an
// object. All other tests check the same of what they do.
func TestLogsTellNothingOfPatients(t *testing.T) {
	t.Parallel()
	archive := (&testenv.Archive{Store: always(dimse.CannotUnderstand)}).Listen(t)
	site := programs.NewSite(t, testenv.Docker(t, 2), `tar_subdir = ["PatientID", "StudyDescription"]`)
	site.Flow("named", fmt.Sprintf(`
triggers: [{PatientName: Quintessa, PatientID: PRIVATE, StudyDescription: "(?i)confidential"}]
models:
  - image: busybox:latest
    command: [sh, -c, 'strings -r /input/*/*/* 2>/dev/null || cat /input/*/*/*; cp -r /input/. /output/']
    network_disabled: true
    pull_before_exec: false
destinations: [%s]
`, archive.Destination()))
	site.Flow("near-miss", "triggers: [{PatientName: Quintessa, StudyDescription: ~Confidential}]\nmodels: [{image: any}]\n")
	site.Flow("fails", `
triggers: [{Modality: CT}]
models: [{image: "busybox:latest", pull_before_exec: false, network_disabled: true, command: [sh, -c, 'cat /input/*/*/* >&2; exit 3']}]
`)
	site.StartProgram()
	object := testenv.Object{Instance: "2.25.770001770001", Series: "2.25.770002770002", Study: "2.25.770003770003"}
	sender := testenv.Dial(t, site.DICOM())
	sender.MustStore(object)
	if status, err := sender.Store(object, object.Dataset()[:150]); err != nil || !status.Failure() {
		t.Fatalf("a cut object was answered with %v (%v)", status, err)
	}
	sender.MustRelease()
	broken := testenv.DialRaw(t, site.DICOM())
	broken.Ask("2.25.770004770004")
	broken.Fragment(false, false, object.Dataset())
	broken.Fragment(true, true, object.Dataset()) // a data set where a command is due
	site.Ended("named", run.Failed)
	site.Ended("fails", run.Failed)

	site.Logs("arrival matched", "")
	for _, level := range []string{"trace", "debug"} {
		site.Logs(`"@level":"`+level, "")
	}
	for _, shown := range site.Arrivals() {
		if text := fmt.Sprintf("%+v", shown); strings.Contains(text, testenv.PatientID) || strings.Contains(text, testenv.PatientName) {
			t.Errorf("the list of arrivals tells of a patient: %s", text)
		}
	}
	r := site.Runs("named")[0]
	if r.Patient != "QX-7 GQ" {
		t.Errorf("the run is shown as patient %q, want what the dashboard shows: %q", r.Patient, "QX-7 GQ")
	}
	if text := testenv.Describe(r); strings.Contains(text, testenv.PatientID) || strings.Contains(text, testenv.StudyDescription) {
		t.Errorf("the reasons tell of a patient: %s", text)
	}
	site.NoContainers()
	// A UID leads to a patient, too: it is in what a role is needed for, not in logs,
	// metrics and reasons.
	for what, text := range map[string]string{"log": site.Log(), "reasons": testenv.Describe(r), "metrics": scrape(t, site), "arrivals": fmt.Sprintf("%+v", site.Arrivals())} {
		for line := range strings.Lines(text) {
			if strings.Contains(line, "2.25.77000") {
				t.Errorf("%s: a UID of an object: %s", what, line)
			}
		}
	}
}

// What a plugin says of a task may name files and patients: the run has it, whose readers
// need a role, and the log does not.
func TestLogsTellNothingOfWhatPluginsSay(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("f", `
triggers: [{Modality: CT}]
models:
- image: any
  options: {exit: 3, message: 'it cannot read "DOE^JOHN.dcm"', warning: 'it skips out/DOE-JANE.nii'}
`)
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	r := site.Ended("f", run.Failed)
	if text := testenv.Describe(r); !strings.Contains(text, "DOE^JOHN.dcm") {
		t.Errorf("the run does not say what the plugin said: %s", text)
	}
	site.Logs("task did not succeed", "exit code 3 (it cannot read …)")
	site.Logs("it skips …", "")
	if log := site.Log(); strings.Contains(log, "DOE") {
		t.Errorf("the log names files: %s", log)
	}
}
