package redact

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/problem"
)

// A log has the agent's own words whole, and of a plugin's none that can tell of a
// patient.
func TestFieldsOfWhatAPluginSaid(t *testing.T) {
	said := &Foreign{`cannot read "DOE^JOHN.dcm" in /data/12345678`}
	err := &problem.Error{Cause: fmt.Errorf("image a/b is not there (%w)", said), Advice: "see /etc/x"}
	want := []any{"reason", "image a/b is not there (cannot read … in …)", "advice", "see /etc/x"}
	if diff := cmp.Diff(want, Fields("reason", err)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if own := Fields("reason", errors.New(`"x" of /y`)); own[1] != `"x" of /y` {
		t.Errorf("the agent's own words become %q", own)
	}
}

func TestPatients(t *testing.T) {
	for text, want := range map[string]string{
		"task seg: exit code 7": "task seg: exit code 7",
		`holds a symbolic link that leads outside of it ("DOE^JOHN" to "/etc/x")`: "holds a symbolic link that leads outside of it (… to …)",
		"object 1.2.840.113619.2.55.3 is missing":                                 "object … is missing",
		"CT_1.2.840.113619.2_1.2.3.4.5.dcm":                                       "…",
		"open /var/lib/raddeploy/data/x: no such file":                            "open …: no such file",
		"patient 12345678":            "patient …",
		`quoted "with \" inside" end`: "quoted … end",
		"refused by 10.0.0.7:104":     "refused by 10.0.0.7:104",
		"no MRN1234567 here":          "no … here",
		"12345678_ct is empty":        "… is empty",
		"ct_12345678-1.x: no":         "….x: no",
		"read out/DOE_JOHN.nii: eof":  "read …: eof",
		"read (out/DOE_JOHN.nii)":     "read (…)",
		"read DOE_JOHN.nii.gz: eof":   "read …: eof",
		"read 'Doe John.nii' failed":  "read … failed",
		"read 'O'Neil.nii' failed":    "read … failed",
		`read "Doe John`:              "read …",
		`read "Doe John\\`:            "read …",
		"read 'Doe John":              "read …",
		"read out/'Doe John.nii' not": "read …… not",
		"read out/O'NEIL":             "read …",
		"O'NEIL^JOHN is x":            "… is x",
		"this / that":                 "this / that",
		"it doesn't work: can't":      "it doesn't work: can't",
		"Müller1234567 is out":        "… is out",
		"tasks' outputs are missing":  "tasks' outputs are missing",
		`"a" and 'b' and "c"`:         "… and … and …",
	} {
		if got := Patients(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
