package match

import (
	"slices"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// longestAccession is four bytes for each of the 16 characters that VR SH may have
// (PS3.5 §6.2). Longer ones are nobody's to search for.
const longestAccession = 64

// mostStudies bounds how many studies a run is found by: objects of one patient
// are of few.
const mostStudies = 16

// studyOf is what people know the study of an object by.
func studyOf(header *dcm.Header) (study run.Study) {
	if accession, _ := header.Text(dcm.AccessionNumber); len(accession) <= longestAccession {
		study.Accession = accession
	}
	if date, _ := header.Text(dcm.StudyDate); isDate(date) {
		study.Date = date
	}
	return study
}

// isDate reports whether a value is a date (PS3.5 §6.2, VR DA).
func isDate(text string) bool {
	return len(text) == len("YYYYMMDD") && !slices.ContainsFunc([]byte(text), func(c byte) bool { return c < '0' || c > '9' })
}

// studiesOf returns the studies of the objects with these indexes, each once.
func studiesOf(studies []run.Study, selected []int) (all []run.Study) {
	for _, i := range selected {
		if study := studies[i]; study != (run.Study{}) && len(all) < mostStudies && !slices.Contains(all, study) {
			all = append(all, study)
		}
	}
	return all
}

// firsts are the objects that are the first of their study.
func firsts(objects []run.Object) []bool {
	first, seen := make([]bool, len(objects)), map[dcm.UID]bool{}
	for i, o := range objects {
		first[i], seen[o.StudyUID] = !seen[o.StudyUID], true
	}
	return first
}
