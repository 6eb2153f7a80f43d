package execute

import (
	"errors"
	"strings"

	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/sdk"
)

// Refusal is what an executor has against a task. It is returned, never logged
// here: whoever records that the task failed says why, once.
type Refusal struct {
	Complaints lang.Diagnostics // each with its place in the flow's file, as far as that is known
}

// Error says the complaints on one line, each behind its place.
func (r *Refusal) Error() string {
	var lines []string
	for _, d := range r.Complaints {
		lines = append(lines, oneLine(d))
	}
	return strings.Join(lines, "; ")
}

// oneLine is a complaint behind its place.
func oneLine(d lang.Diagnostic) string {
	line := d.Summary
	if at := d.Range.String(); at != "" {
		line = at + ": " + line
	}
	if d.Hint != "" {
		line += ": " + d.Hint
	}
	return line
}

// Render shows the complaints with the lines of the flow's file.
func (r *Refusal) Render() string {
	var b strings.Builder
	_ = r.Complaints.Fprint(&b) // which cannot fail
	return b.String()
}

// refusal is the error of the complaints about a task that are not mere
// warnings.
func (j *Job) refusal(complaints sdk.Diagnostics) error {
	var found lang.Diagnostics
	for _, c := range complaints {
		if !c.Warning {
			found = append(found, j.locate(c))
		}
	}
	if len(found) == 0 {
		return nil
	}
	return &Refusal{found}
}

// warn logs the complaints that keep no task from being run. A limit that the flow
// does not name, but has by default, is no reason.
func (e *Engine) warn(job *Job, complaints sdk.Diagnostics) {
	for _, c := range complaints {
		if c.Warning && !job.byDefault(c.Path) {
			located := job.locate(c)
			job.warnings.add(oneLine(located))
			e.Logger.Warn("executor warns about a task", "run", job.Run.ID, "attempt", job.Attempt.ID, "executor", job.Attempt.Executor,
				"warning", located.Render())
		}
	}
}

// locate gives a complaint about the model its place.
func (j *Job) locate(c sdk.Diagnostic) lang.Diagnostic {
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
func (j *Job) explained(err error) error {
	var typed *sdk.Error
	if !errors.As(err, &typed) {
		return err
	}
	if located := j.refusal(typed.Diagnostics); located != nil {
		return located
	}
	return err
}
