package notify

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/redact"
	"github.com/raddeploy/raddeploy/core/run"
)

const (
	subjectTemplate = `[RadDeploy {{.Site}}] {{.Title}}`

	bodyTemplate = `{{range .Events}}- {{clock .At}} {{.Text}}
{{- if .Owner}}
  owner: {{.Owner}}{{end}}
{{- if .Patient}}
  patient: {{.Patient}}{{end}}
{{- if .URL}}
  {{.URL}}{{end}}
{{end}}
{{- if .NotListed}}
{{.NotListed}} more are not listed.
{{end}}
{{- with .Digest}}From {{clock .From}} to {{clock .To}}.

{{range .Flows}}- flow {{.Flow}}: {{.Done}} done, {{.Failed}} failed, {{.Other}} other
{{else}}No flow ran.
{{end}}
Undelivered: {{.Undelivered}}{{if .OldestSeconds}}, the oldest for {{.OldestSeconds}} seconds{{end}}
Held: {{.HeldArrivals}} arrivals, {{.HeldRuns}} runs
{{- if .DiskNearlyFull}}
Disk: nearly full{{else if .DiskDaysLeft}}
Disk: full in {{.DiskDaysLeft}} days at the last day's rate{{end}}
{{- range .Troubles}}
- {{.}}{{end}}
{{end}}
{{- if eq .Kind "test"}}This is a test: the site's notify block {{.Notify}} reaches you.
{{end}}
{{- if .URL}}
{{.URL}}/ui/
{{end}}
-- 
Site {{.Site}}, notify {{.Notify}}, message {{.ID}}
`
)

// render writes the subject and the body of an email. Where a template of the site's
// fails, the default one is taken, and the body says so: the message is worth more.
func render(to config.Email, content run.MessageContent) (subject, body string, err error) {
	subject, badSubject, err := executeOr(to.SubjectIs, subjectTemplate, content)
	if err != nil {
		return "", "", fmt.Errorf("subject: %w", err)
	}
	body, badBody, err := executeOr(to.BodyIs, bodyTemplate, content)
	if err != nil {
		return "", "", fmt.Errorf("body: %w", err)
	}
	body += failedTemplate("subject", badSubject) + failedTemplate("body", badBody)
	return oneLine(subject, longestTitle+50), printable(body), nil
}

// executeOr is what the site's template makes of a message; "", or one that fails with
// bad: what the default one does.
func executeOr(own, otherwise string, content run.MessageContent) (text string, bad, err error) {
	if own != "" {
		if text, bad = execute(own, content); bad == nil {
			return text, nil, nil
		}
	}
	text, err = execute(otherwise, content)
	return text, bad, err
}

// failedTemplate says that the default was taken in place of a template of the site's.
func failedTemplate(setting string, err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprintf("\nThis is the default %s: the template of the site's file failed: %s\n", setting, oneLine(redact.Patients(err.Error()), longestReason))
}

func execute(text string, content run.MessageContent) (string, error) {
	t, err := config.MessageTemplate(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, content)
	return b.String(), err
}

// printable is a text of lines, without what a terminal would obey.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c != '\n' && c != '\t' && !unicode.IsPrint(c) {
			return ' '
		}
		return c
	}, text)
}
