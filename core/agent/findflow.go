package agent

import (
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/selftest"
)

// findFlow returns the flow that a name means: the site's, or one of a test.
func (a *Agent) findFlow(name string) (*flowfile.Loaded, error) {
	if f, err := selftest.Flow(name); f != nil || err != nil {
		return f, err
	}
	return a.flows.Find(name)
}
