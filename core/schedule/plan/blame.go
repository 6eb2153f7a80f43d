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
	case sdk.TimedOut, sdk.ImageUnavailable, sdk.Stopped: // stopped from outside: somebody wants it ended
		return Final
	}
	if e.Exit.Permanent {
		return Final
	}
	return Infrastructure
}
