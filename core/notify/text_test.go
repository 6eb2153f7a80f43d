package notify

import (
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

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
