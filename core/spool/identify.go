package spool

import (
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// Identify fills in what the state database keeps of an object's header.
func Identify(o *run.Object, h *dcm.Header) {
	o.StudyUID = h.UID(dcm.StudyInstanceUID)
	o.SeriesUID = h.UID(dcm.SeriesInstanceUID)
	o.Modality, _ = h.Text(dcm.Modality)
	o.Patient = patientTag(h)
}

// patientTag is how dashboards show whose object it is without showing who: the
// first four characters of the patient's id and the initials.
func patientTag(h *dcm.Header) string {
	id, _ := h.Text(dcm.PatientID)
	if runes := []rune(id); len(runes) > 4 {
		id = string(runes[:4])
	}
	name, _ := h.Text(dcm.PatientName)
	name, _, _ = strings.Cut(name, "=") // the alphabetic group (PS3.5 §6.2.1)
	var initials strings.Builder
	for _, component := range strings.FieldsFunc(name, func(r rune) bool { return r == '^' || r == ' ' }) {
		initials.WriteRune([]rune(component)[0])
	}
	if initials.Len() == 0 {
		return id
	}
	return strings.TrimSpace(id + " " + initials.String())
}
