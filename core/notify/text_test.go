package notify

import (
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

func TestWithoutPatients(t *testing.T) {
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
		if got := withoutPatients(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// A site may say that people are told of patients; nothing makes two lines of one.
func TestHostileTexts(t *testing.T) {
	f := fact{Notice: run.Notice{Kind: run.NoticeFailed, Thing: run.OfFlow, Name: "a\r\nBcc: b", Flow: "a", Reason: "x\x1b[31m \"DOE\"\n\ny", Patient: "1234JD"}}
	for _, shown := range []bool{false, true} {
		block := config.Notify{Name: "n", On: []run.NoticeKind{run.NoticeFailed}, PatientData: shown, Email: &config.Email{To: []string{"a@example.org"}}, Listed: 3, Hourly: 1}
		s := &teller{site: &config.Site{Notify: config.Notifies{block}}, now: time.Now()}
		s.take(f)
		m := s.telling().Messages[0]
		subject, body, err := render(config.Email{SubjectIs: "{{range .Events}}{{.Name}}{{.Reason}}{{.Patient}}{{end}}"}, m.Content)
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(subject, "\r\n\x1b") || strings.ContainsAny(body, "\r\x1b") || strings.Contains(body, "\nBcc") {
			t.Errorf("%q\n%q", subject, body)
		}
		if strings.Contains(subject, "DOE") != shown || strings.Contains(subject+body, "1234JD") != shown {
			t.Errorf("shown: %t, and the subject is %q", shown, subject)
		}
	}
}
