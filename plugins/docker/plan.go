package docker

import (
	"encoding/json"
	"fmt"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// Labels of this executor's own.
const (
	labelPlan   = "raddeploy.plan"
	labelFiller = "raddeploy.filler" // on the container that only serves to fill volumes
)

// plan is what is streamed into a container and out of it. It is kept in a label
// of the container.
type plan struct {
	// In is copied into the container before it starts, Out is copied out of it
	// after its end. Statics are copied into volumes that it can only read.
	In      []transfer `json:"in,omitempty"`
	Out     []transfer `json:"out,omitempty"`
	Statics statics    `json:"statics,omitempty"`
	// Sealed tells that the image's files are read-only, so that only volumes
	// can be copied into.
	Sealed bool `json:"sealed,omitempty"`
}

// transfer is one folder that is copied between the agent's host and a container.
type transfer struct {
	Host      string `json:"host,omitempty"` // "" for an empty folder
	Container string `json:"container"`
	Volume    string `json:"volume,omitempty"` // of a static
}

// statics are those that have to be copied into volumes.
type statics []transfer

// UnmarshalJSON also takes the word true: versions before this one copied statics
// before they made the container, and wrote only that down.
func (s *statics) UnmarshalJSON(text []byte) error {
	if string(text) == "true" {
		return nil
	}
	return json.Unmarshal(text, (*[]transfer)(s))
}

// planOf reads the plan of a container.
func planOf(c engine.Container) (plan, error) {
	var p plan
	if c.Labels[labelPlan] == "" {
		return p, nil
	}
	if err := json.Unmarshal([]byte(c.Labels[labelPlan]), &p); err != nil {
		return p, sdk.Errorf(sdk.FailedPrecondition, "the container %s has no readable plan: %w", c.Name, err)
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
