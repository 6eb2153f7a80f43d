package execute

import (
	"fmt"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/redact"
)

// collect makes of what an attempt wrote what others may read, and makes it
// durable, with what it printed. It may be done again.
func (e *Engine) collect(job Job, printed bool) error {
	left, outputs := printed, job.model().Outputs
	for _, mount := range outputs {
		o := &output{folder: e.Layout.Output(job.Run.ID, job.Attempt.Task, job.Attempt.Number, mount.Name), target: mount.Path}
		if err := o.inspect(); err != nil {
			return fmt.Errorf("output %s %w", mount.Name, err)
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
func (e *Engine) settle(job Job) {
	for _, mount := range job.model().Outputs {
		o := &output{folder: e.Layout.Output(job.Run.ID, job.Attempt.Task, job.Attempt.Number, mount.Name)}
		if err := o.settle(); err != nil {
			e.Logger.Debug("outputs of a failed attempt stay as they are", "attempt", job.Attempt.ID, "error", redact.Paths(err))
		}
	}
}

// read tells whether somebody reads an output later: another task, or those
// whom it is sent to.
func (j Job) read(output string) bool {
	if strings.HasPrefix(output, flow.Dst) && len(j.Flow.Destinations)+len(j.Flow.ReturnToSenderOnPorts) > 0 {
		return true
	}
	return slices.ContainsFunc(j.Flow.Models, func(m flow.Model) bool {
		return slices.ContainsFunc(m.Inputs, func(input flow.Mount) bool { return input.Name == output })
	})
}

// refusedOutput is an output that no further try would make better.
type refusedOutput struct{ why string }

func (e *refusedOutput) Error() string { return e.why }
