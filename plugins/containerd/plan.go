package containerd

import (
	"encoding/json"
	"fmt"
	"syscall"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// plan is what has to be known of an attempt to bring its container to its end.
// It is kept in the container's record.
type plan struct {
	Digest     string         `json:"digest"` // of the image
	StopSignal syscall.Signal `json:"stop_signal"`
	All        bool           `json:"all,omitempty"` // its processes are among the host's, so that each has to be ended
	CNI        bool           `json:"cni,omitempty"`
	Ports      []sdk.Port     `json:"ports,omitempty"`
}

// planOf reads the plan of a container.
func planOf(record api.Container) (plan, error) {
	var p plan
	if err := json.Unmarshal(record.Plan, &p); err != nil {
		return p, sdk.Errorf(sdk.FailedPrecondition, "the container %s has no readable plan: %w", record.Name, err)
	}
	return p, nil
}

// ownPlan is the plan of a container that was found or created.
func ownPlan(c engine.Container) plan {
	p, _ := c.Own.(plan)
	return p
}

func (p plan) bytes() []byte {
	text, err := json.Marshal(p)
	if err != nil {
		panic(fmt.Sprintf("a plan of strings and numbers: %v", err))
	}
	return text
}
