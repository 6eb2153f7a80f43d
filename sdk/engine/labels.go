package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// The labels of all that an executor makes in an engine.
const (
	labelSite     = "raddeploy.site"
	labelInstance = "raddeploy.instance"
	// LabelAttempt is the label with the attempt's id.
	LabelAttempt = "raddeploy.attempt"
	labelTimeout = "raddeploy.timeout" // from the start of the process
	labelRun     = "raddeploy.run"
	labelFlow    = "raddeploy.flow"
	labelModel   = "raddeploy.model"
)

var plainID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// ContainerName is the name of an attempt's container. Some engines take no name
// with two dashes side by side or one at its end: there a hash stands for the
// attempt.
func ContainerName(id sdk.AttemptID) string {
	if plainID.MatchString(string(id)) {
		return "raddeploy-" + string(id)
	}
	sum := sha256.Sum256([]byte(id))
	return "raddeploy." + hex.EncodeToString(sum[:16])
}

// ownLabels mark what belongs to this executor's instance at this site.
func (e *Executor) ownLabels() map[string]string {
	return map[string]string{labelSite: e.site.Name, labelInstance: e.site.Instance}
}

// attemptLabels mark what belongs to one attempt.
func (e *Executor) attemptLabels(id sdk.AttemptID) map[string]string {
	labels := e.ownLabels()
	labels[LabelAttempt] = string(id)
	return labels
}

// Marks are those of a container's labels that say whose it is: site, instance
// and attempt. All that an engine makes for the container bears them.
func Marks(labels map[string]string) map[string]string {
	marks := map[string]string{}
	for _, name := range []string{labelSite, labelInstance, LabelAttempt} {
		marks[name] = labels[name]
	}
	return marks
}

// labels are all labels of a task's container: the flow's, and ours over them.
func (e *Executor) labels(task *sdk.Task) map[string]string {
	labels := map[string]string{}
	maps.Copy(labels, task.Container.Labels)
	maps.Copy(labels, map[string]string{labelRun: task.Run, labelFlow: task.Flow, labelModel: task.Model})
	maps.Copy(labels, e.attemptLabels(task.Attempt))
	delete(labels, labelTimeout)
	if task.Timeout > 0 {
		labels[labelTimeout] = task.Timeout.String()
	}
	return labels
}

// timeout is how long a container may run; 0: for any time.
func (c Container) timeout() time.Duration {
	limit, _ := sdk.ParseDuration(c.Labels[labelTimeout])
	return limit
}

// owns is an error if a container bears the name of an attempt and is not its.
func (e *Executor) owns(c Container, id sdk.AttemptID) error {
	for name, want := range e.attemptLabels(id) {
		if c.Labels[name] != want {
			return sdk.Errorf(sdk.FailedPrecondition, "the container %s is not this executor's: its label %s is %q; remove or rename it",
				c.Name, name, c.Labels[name])
		}
	}
	return nil
}
