package execute

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/redact"
)

// collect makes of what an attempt wrote what others may read, and makes it
// durable, with what it printed. It may be done again.
func (e *Engine) collect(job *Job, printed bool) error {
	left, outputs := printed, job.model().Outputs
	for _, mount := range outputs {
		o := &output{folder: e.Layout.Output(job.Run.ID, job.Attempt.Task, job.Attempt.Number, mount.Name), target: mount.Path}
		if err := o.inspect(); err != nil {
			return fmt.Errorf("output %s %w", mount.Name, err)
		}
		if len(o.left) > 0 {
			job.warnings.add(fmt.Sprintf("output %s: left out, since neither files nor folders: %s", mount.Name, quoted(o.left)))
		}
		left = left || o.wrote || job.read(mount.Name)
	}
	if !left || len(outputs) == 0 {
		return nil // empty folders that nobody opens
	}
	return e.synced().do()
}

// settle makes what a failed attempt wrote harmless: nobody reads it, but it
// stays until its run's files go. What this user may not change stays as it is,
// behind the data folder's own mode.
func (e *Engine) settle(job *Job) {
	for _, mount := range job.model().Outputs {
		o := &output{folder: e.Layout.Output(job.Run.ID, job.Attempt.Task, job.Attempt.Number, mount.Name)}
		if err := o.settle(); err != nil {
			e.Logger.Debug("outputs of a failed attempt stay as they are", "attempt", job.Attempt.ID, "error", redact.Paths(err))
		}
	}
}

// read tells whether somebody reads an output later: another task, or those
// whom it is sent to.
func (j *Job) read(output string) bool {
	if strings.HasPrefix(output, flow.Dst) && len(j.Flow.Destinations)+len(j.Flow.ReturnToSenderOnPorts) > 0 {
		return true
	}
	for i := range j.Flow.Models { // a model is large: it is not copied
		if slices.ContainsFunc(j.Flow.Models[i].Inputs, func(input flow.Mount) bool { return input.Name == output }) {
			return true
		}
	}
	return false
}

// mostNamed is how many files a message names.
const mostNamed = 10

// quoted names files, whatever bytes their names are.
func quoted(names []string) string {
	var b strings.Builder
	for i, name := range names[:min(len(names), mostNamed)] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(name))
	}
	if more := len(names) - mostNamed; more > 0 {
		fmt.Fprintf(&b, " and %d more", more)
	}
	return b.String()
}

// refusedOutput is an output that no further try would make better. Its text
// names no file, so that a log may have it: names can be values of patients' tags.
type refusedOutput struct {
	why  string
	name string // the file, quoted
}

func (e *refusedOutput) Error() string { return e.why }

// named is a reason with the file's name, for the database.
func (e *refusedOutput) named(reason string) string {
	return strings.Replace(reason, e.why, e.why+" ("+e.name+")", 1)
}
