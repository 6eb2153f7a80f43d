package containerd

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
)

// The labels of all that the executor makes in containerd.
const (
	labelSite     = "raddeploy.site"
	labelInstance = "raddeploy.instance"
	labelAttempt  = "raddeploy.attempt"
	labelRun      = "raddeploy.run"
	labelFlow     = "raddeploy.flow"
	labelModel    = "raddeploy.model"
)

var plainID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// containerName is the name of an attempt's container, its writable layer and
// its lease. containerd takes no name with two dashes side by side or one at
// its end: there a hash stands for the attempt.
func containerName(id sdk.AttemptID) string {
	if plainID.MatchString(string(id)) {
		return "raddeploy-" + string(id)
	}
	sum := sha256.Sum256([]byte(id))
	return "raddeploy." + hex.EncodeToString(sum[:16])
}

// plan is what has to be known of an attempt to bring its container to its end.
// It is kept in the container's record.
type plan struct {
	Timeout    time.Duration  `json:"timeout,omitempty"` // from the start of the process
	Digest     string         `json:"digest"`            // of the image
	StopSignal syscall.Signal `json:"stop_signal"`
	All        bool           `json:"all,omitempty"` // its processes are among the host's, so that each has to be ended
	CNI        bool           `json:"cni,omitempty"`
	Ports      []sdk.Port     `json:"ports,omitempty"`
	In         []transfer     `json:"in,omitempty"` // copied before the process is started
}

// transfer is one folder that is copied.
type transfer struct{ From, To string }

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
				c.Name, name, c.Labels[name])
		}
	}
	var p plan
	if err := json.Unmarshal(c.Plan, &p); err != nil {
		return plan{}, sdk.Errorf(sdk.FailedPrecondition, "the container %s has no readable plan: %w", c.Name, err)
	}
	return p, nil
}

func (p plan) bytes() []byte {
	text, err := json.Marshal(p)
	if err != nil {
		panic(fmt.Sprintf("a plan of strings and numbers: %v", err))
	}
	return text
}
