package plan

import (
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// BlameOf says whose failure an attempt's end was.
func BlameOf(e run.Ending) Blame {
	switch {
	case e.Reason == "":
		return Nobody
	case e.Rejected:
		return Final
	case e.Broken:
		return Infrastructure
	}
	switch e.Exit.Reason {
	case sdk.Exited, sdk.OutOfMemory:
		return TheTask
	case sdk.TimedOut, sdk.ImageUnavailable:
		return Final
	}
	return Infrastructure
}
