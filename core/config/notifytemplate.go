package config

import (
	"errors"
	"io"
	"strings"
	"text/template"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// MessageTemplate parses a template of a notify block.
func MessageTemplate(text string) (*template.Template, error) {
	return template.New("").Option("missingkey=error").Funcs(template.FuncMap{
		"join":  strings.Join,
		"clock": func(t time.Time) string { return t.Format("2006-01-02 15:04:05") },
	}).Parse(text)
}

// checkTemplate returns what is wrong with a template: it is tried on a message of
// each kind, with and without what may be missing, so that a field which is none is
// found here.
func checkTemplate(text string) error {
	t, err := MessageTemplate(text)
	if err != nil {
		return withoutName(err)
	}
	since, days := time.Unix(0, 0), 9
	first := run.Notice{Kind: run.NoticeFailed, Thing: run.OfFlow, Name: "flow", Flow: "flow"}
	again := first
	again.Since = &since
	digest := run.Digest{Flows: []run.FlowDigest{{Flow: "flow"}}, Troubles: []string{"flow/flow"}}
	known := digest
	known.DiskDaysLeft = &days
	for _, m := range []run.MessageContent{
		{Kind: "events", Events: []run.Notice{again}, NotListed: 1}, {Kind: "events", Events: []run.Notice{first}},
		{Kind: "digest", Digest: &known}, {Kind: "digest", Digest: &digest}, {Kind: "test"},
	} {
		if err := t.Execute(io.Discard, m); err != nil {
			return withoutName(err)
		}
	}
	return nil
}

// withoutName leaves out that the template has no name.
func withoutName(err error) error {
	text := strings.TrimPrefix(err.Error(), "template: ")
	return errors.New(strings.TrimPrefix(text, ":"))
}
