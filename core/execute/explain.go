package execute

import (
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/sdk"
)

// explain says in one line why an attempt did not succeed, and what to do.
func explain(exit sdk.Exit, model *flow.Model) string {
	var reason string
	switch exit.Reason {
	case sdk.Exited:
		reason = fmt.Sprintf("exit code %d: see its logs", exit.Code)
		if exit.Signal != 0 {
			reason = fmt.Sprintf("ended by signal %d: see its logs", exit.Signal)
		}
	case sdk.OutOfMemory:
		reason = "out of memory: raise mem_limit, or give the model less at once"
	case sdk.TimedOut:
		reason = fmt.Sprintf("timed out after %s: raise the model's timeout, or see its logs for what it waits for", model.Timeout)
	case sdk.Stopped:
		reason = "stopped from outside of RadDeploy"
	case sdk.StartFailed:
		reason = "not started"
	case sdk.ImageUnavailable:
		reason = fmt.Sprintf("image %s is not there and could not be pulled: check its name, or pull or load it on the executor's host", model.Container.Image)
	case sdk.Preempted:
		reason = "preempted"
	case sdk.NodeLost:
		reason = "node " + exit.Node + " was lost"
	case sdk.Vanished:
		reason = "vanished from its runtime, and nobody can tell how it ended"
	default:
		reason = fmt.Sprintf("ended for reason %d", exit.Reason)
	}
	if message := strings.TrimSpace(exit.Message); message != "" {
		reason += " (" + message + ")"
	}
	return reason
}
