package decide

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

func TestWanted(t *testing.T) {
	flows := []*flow.Matcher{
		compile(t, "", "Modality: CT; CallingAET: A", "StudyDescription: x"),
		compile(t, "", "Modality: MR; 00080060: MR; PeerAddress: 10"),
	}
	var got []string
	for _, path := range Wanted(flows) {
		got = append(got, path.String())
	}
	if diff := cmp.Diff([]string{"Modality", "StudyDescription", "00080060"}, got); diff != "" {
		t.Error(diff)
	}
	if got := Wanted(nil); got != nil {
		t.Errorf("no flows want %v", got)
	}
}

func TestCandidates(t *testing.T) {
	modality, _ := dcm.ParsePath("Modality")
	patient, _ := dcm.ParsePath("PatientID")
	texts := TextsOf(header{"Modality": "CT", "PatientID": "7"}, []dcm.Path{modality})
	if diff := cmp.Diff([]string{"CT"}, texts.Texts(modality)); diff != "" || texts.Texts(patient) != nil {
		t.Errorf("kept %v: %s", texts, diff)
	}
	got := Candidates([]Header{texts, nil}, func(int) run.Sender { return run.Sender{CallingAE: "A", CalledAE: "B", Address: "10.0.0.1"} })
	want := []Object{
		{Header: texts, CallingAET: "A", CalledAET: "B", PeerAddress: "10.0.0.1"},
		{CallingAET: "A", CalledAET: "B", PeerAddress: "10.0.0.1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
