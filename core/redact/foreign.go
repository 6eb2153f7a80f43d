package redact

import (
	"errors"
	"regexp"
	"strings"

	"github.com/raddeploy/raddeploy/core/problem"
)

// Foreign is what another program said, such as the plugin of an executor about the end
// of a task: it may name files and patients.
type Foreign struct{ Text string }

// Error returns all of it.
func (f *Foreign) Error() string { return f.Text }

// Fields are those of [problem.Fields], for a log: of what other programs said, what can
// tell of a patient is left out.
func Fields(key string, err error) []any {
	fields := problem.Fields(key, err)
	var said *Foreign
	if errors.As(err, &said) {
		for i, value := range fields {
			if text, ok := value.(string); ok {
				fields[i] = strings.ReplaceAll(text, said.Text, Patients(said.Text))
			}
		}
	}
	return fields
}

// hidden is what of a text can tell of a patient: text in quotes such as names of
// files that tasks wrote, also where the closing quote was cut off, UIDs, paths, names
// of files and of persons in DICOM's form, and words with a long number. A single quote
// within a word is an apostrophe.
var hidden = regexp.MustCompile(`"(?:[^"\\]|\\.)*(?:"|\\?$)` +
	`|\B'(?:[^'\\]|\\.|'\b)*(?:'\B|'?\\?$)` +
	`|[0-2](?:\.\d+){4,}` +
	`|(?:[^\s("']|\b'\b)+/(?:[^\s):"']|\b'\b)*|/(?:[^\s):"']|\b'\b)+` +
	`|(?:[^\s("']|\b'\b)+\.(?:dcm|nii(?:\.gz)?|nrrd|mh[ad])\b` +
	`|(?:[^\s("']|\b'\b)*\^(?:[^\s)"']|\b'\b)*` +
	`|[\pL\pN_.-]*\d{5,}[\pL\pN_-]*`)

// Patients returns a text of another program without what can tell of a patient.
func Patients(text string) string { return hidden.ReplaceAllString(text, Placeholder) }
