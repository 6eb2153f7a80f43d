package execute

import (
	"errors"
	"strings"

	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/sdk"
)

// refusal is the error of the complaints about a task that are not mere
// warnings: each with its place in the flow's file, as far as that is known,
// and its path. The lines themselves are shown in the log.
func (e *Engine) refusal(job Job, complaints sdk.Diagnostics) error {
	log := e.Logger.With("run", job.Run.ID, "attempt", job.Attempt.ID, "executor", job.Attempt.Executor)
	var lines []string
	for _, c := range complaints {
		d := job.locate(c)
		if c.Warning {
			log.Warn("executor warns about a task", "warning", d.Render())
			continue
		}
		log.Error("executor refuses a task", "reason", d.Render())
		line := c.String()
		if at := d.Range.String(); at != "" {
			line = at + ": " + line
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return nil
	}
	return errors.New(strings.Join(lines, "; "))
}

// locate gives a complaint about the model its place.
func (j Job) locate(c sdk.Diagnostic) lang.Diagnostic {
	d := lang.Diagnostic{Severity: lang.Error, Summary: strings.TrimPrefix(strings.Join(c.Path, ".")+": "+c.Summary, ": "), Hint: c.Detail}
	if c.Warning {
		d.Severity = lang.Warning
	}
	if j.Locate != nil {
		d.Range = j.Locate(c.Path...)
	}
	return d
}

// explained is an executor's error in which the complaints that it carries have
// their places.
func (e *Engine) explained(job Job, err error) error {
	var typed *sdk.Error
	if !errors.As(err, &typed) {
		return err
	}
	if located := e.refusal(job, typed.Diagnostics); located != nil {
		return located
	}
	return err
}
