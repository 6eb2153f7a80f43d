package notify

import (
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
)

// A template that fails on what there is to tell does not keep it from being told.
func TestNotifyTemplateThatFailsAtSending(t *testing.T) {
	content := run.MessageContent{Kind: "events", Title: "flow lungs failed", Events: []run.Notice{{Text: "flow lungs failed: no", At: time.Now()}}}
	own, failing := `mine: {{.Title}}`, `{{range .Events}}{{clock .Since}}{{end}}`
	for _, to := range []config.Email{{SubjectIs: failing, BodyIs: own}, {SubjectIs: own, BodyIs: failing}} {
		subject, body, err := render(to, content)
		if err != nil {
			t.Fatal(err)
		}
		if !contains(subject, "flow lungs failed") || !contains(body, "flow lungs failed") || !contains(body, "the template of the site's file failed: ") {
			t.Errorf("subject: %s, body: %s", subject, body)
		}
		if mine := contains(subject, "mine") != contains(body, "mine"); !mine {
			t.Errorf("the template that does not fail is not taken: %s, %s", subject, body)
		}
	}
}
