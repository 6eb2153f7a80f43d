package ui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/match/decide"
)

func TestIdentifying(t *testing.T) {
	for tag, want := range map[string]bool{
		"PatientName": true, "00100020": true, "(0010,0030)": true, "AccessionNumber": true, "StudyDate": true, "ReferringPhysicianName": true,
		"RequestAttributesSequence.AccessionNumber": true, "Modality": false, "SeriesDescription": false, "CallingAET": false, "nonsense": false,
		"AcquisitionDateTime": true, "InstanceCreationDate": true, "SeriesTime": true, "InstitutionAddress": true,
	} {
		if got := identifying(tag); got != want {
			t.Errorf("%s: identifying is %v, want %v", tag, got, want)
		}
	}
}

// What a page says of an explanation has the values of tags that tell nothing of a
// patient, and no other.
func TestWhyHidesPatients(t *testing.T) {
	w := whyOf(&decide.Result{
		Flow: "f", Verdict: decide.Vetoed, Objects: 2, Veto: &decide.Miss{Tag: "PatientID", Value: "secret", Pattern: "~x"},
		Triggers: []decide.Trigger{{Tags: []decide.Tag{
			{Tag: "PatientName", Present: 2, Values: []decide.Value{{Text: "secret", Objects: 2}}},
			{Tag: "Modality", Present: 2, Values: []decide.Value{{Text: "CT", Objects: 2}}},
		}, Miss: &decide.Miss{Tag: "StudyDate", Value: "secret", Pattern: "^2"}}},
	}, nil)
	text := fmt.Sprint(w)
	if strings.Contains(text, "secret") || !strings.Contains(text, "`CT` (2)") || !strings.Contains(text, "hidden here") {
		t.Errorf("the page says %s", text)
	}
}

func TestTreeHidesPatients(t *testing.T) {
	made := treeOf("src", []string{"smith/CT/a.dcm", "smith/MR/b.dcm", "jones/CT/c.dcm"}, []string{"PatientName", "Modality"})
	var names []string
	for _, patient := range made.Folders {
		names = append(names, patient.Name)
		for _, modality := range patient.Folders {
			names = append(names, modality.Name)
		}
	}
	if got, want := strings.Join(names, ", "), "PatientName 1, CT, PatientName 2, CT, MR"; got != want || made.Files != 3 {
		t.Errorf("the folders are %s with %d files, want %s", got, made.Files, want)
	}
}
