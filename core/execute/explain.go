package execute

import (
	"errors"
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/redact"
	"github.com/raddeploy/raddeploy/sdk"
)

// explain says why an attempt did not succeed, and what to do. The cause is
// what kept it from its start; nil: what the exit says.
func explain(exit sdk.Exit, model *flow.Model, cause error) error {
	reason, advice := judge(exit, model)
	if message := strings.TrimSpace(exit.Message); cause == nil && message != "" {
		cause = &redact.Foreign{Text: message}
	}
	err := errors.New(reason)
	if cause != nil {
		err = fmt.Errorf("%s (%w)", reason, cause)
	}
	return &problem.Error{Cause: err, Advice: advice}
}

func judge(exit sdk.Exit, model *flow.Model) (reason, advice string) {
	switch exit.Reason {
	case sdk.Exited:
		if exit.Signal != 0 {
			return fmt.Sprintf("ended by signal %d", exit.Signal), "see its logs"
		}
		return fmt.Sprintf("exit code %d", exit.Code), "see its logs"
	case sdk.OutOfMemory:
		return "out of memory", "raise mem_limit, or give the model less at once"
	case sdk.TimedOut:
		return fmt.Sprintf("timed out after %s", model.Timeout), "raise the model's timeout, or see its logs for what it waits for"
	case sdk.Stopped:
		return "stopped from outside of RadDeploy", ""
	case sdk.StartFailed:
		return "not started", ""
	case sdk.ImageUnavailable:
		return fmt.Sprintf("image %s is not there and could not be pulled", model.Container.Image),
			"check its name, or pull or load it on the executor's host"
	case sdk.Preempted:
		return "preempted", ""
	case sdk.NodeLost:
		return "node " + exit.Node + " was lost", ""
	case sdk.Vanished:
		return "vanished from its runtime; how it ended is unknown", ""
	}
	return fmt.Sprintf("ended for reason %d", exit.Reason), ""
}
