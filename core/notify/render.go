package notify

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"

	"github.com/raddeploy/raddeploy/core/config"
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
{{- if .DiskDaysLeft}}
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

// render writes the subject and the body of an email.
func render(to config.Email, content run.MessageContent) (subject, body string, err error) {
	if subject, err = execute(cmp.Or(to.SubjectIs, subjectTemplate), content); err != nil {
		return "", "", fmt.Errorf("subject: %w", err)
	}
	if body, err = execute(cmp.Or(to.BodyIs, bodyTemplate), content); err != nil {
		return "", "", fmt.Errorf("body: %w", err)
	}
	return oneLine(subject, longestTitle+50), printable(body), nil
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
