package docker

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
)

// The labels of all that the executor makes in an engine.
const (
	labelSite     = "raddeploy.site"
	labelInstance = "raddeploy.instance"
	labelAttempt  = "raddeploy.attempt"
	labelRun      = "raddeploy.run"
	labelFlow     = "raddeploy.flow"
	labelModel    = "raddeploy.model"
	labelPlan     = "raddeploy.plan"
	labelFiller   = "raddeploy.filler" // on the container that only serves to fill volumes
)

// containerName is the name of an attempt's container.
func containerName(id sdk.AttemptID) string { return "raddeploy-" + string(id) }

// plan is what has to be known of an attempt to bring its container to its end.
// It is kept in a label of the container.
type plan struct {
	Timeout time.Duration `json:"timeout,omitempty"` // from the start of the process
	// In is copied into the container before it starts, Out is copied out of it
	// after its end.
	In  []transfer `json:"in,omitempty"`
	Out []transfer `json:"out,omitempty"`
	// Statics tells that there are volumes with copied statics.
	Statics bool `json:"statics,omitempty"`
	// Sealed tells that the image's files are read-only, so that only volumes
	// can be copied into.
	Sealed bool `json:"sealed,omitempty"`
}

// transfer is one folder that is copied between the agent's host and a container.
type transfer struct {
	Host      string `json:"host,omitempty"` // "" for an empty folder
	Container string `json:"container"`
}

// ownLabels mark what belongs to this executor's instance at this site.
func (e *Executor) ownLabels() map[string]string {
	return map[string]string{labelSite: e.site.Name, labelInstance: e.site.Instance}
}

// attemptLabels mark what belongs to one attempt.
func (e *Executor) attemptLabels(id sdk.AttemptID) map[string]string {
	labels := e.ownLabels()
	labels[labelAttempt] = string(id)
	return labels
}

// planOf reads the plan of a container after checking that the container is the
// attempt's.
func (e *Executor) planOf(c engine.Container, id sdk.AttemptID) (plan, error) {
	for name, want := range e.attemptLabels(id) {
		if c.Labels[name] != want {
			return plan{}, sdk.Errorf(sdk.FailedPrecondition, "the container %s is not this executor's: its label %s is %q; remove or rename it",
				containerName(id), name, c.Labels[name])
		}
	}
	var p plan
	if err := json.Unmarshal([]byte(c.Labels[labelPlan]), &p); err != nil {
		return plan{}, sdk.Errorf(sdk.FailedPrecondition, "the container %s has no readable plan: %w", containerName(id), err)
	}
	return p, nil
}

func (p plan) String() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(fmt.Sprintf("a plan of strings and numbers: %v", err))
	}
	return string(text)
}
