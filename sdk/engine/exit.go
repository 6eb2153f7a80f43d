package engine

import (
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
	"github.com/raddeploy/raddeploy/sdk/startfault"
)

// exitOf tells how an attempt ended whose container did. The first of these
// holds: it was asked to end before it did; the engine knows the reason; its
// memory was used up; somebody else ended it; its code.
func (a *attempt) exitOf(end End) *sdk.Exit {
	if end.Finished.IsZero() {
		end.Finished = time.Now()
	}
	a.Mu.Lock()
	asked, used, limit, started := a.ending, a.usage, a.container.timeout(), a.container.Started
	a.Mu.Unlock()
	if end.Started.IsZero() && end.Reason != sdk.StartFailed {
		end.Started = started
	}
	exit := attempts.Exited(end.Code)
	exit.Node, exit.ImageDigest, exit.Started, exit.Finished, exit.OOMKilled = a.e.node(), end.Image, end.Started, end.Finished, end.OOMKilled
	exit.Usage = sdk.Usage{CPU: max(used.CPU, end.Usage.CPU), MemoryPeak: max(used.MemoryPeak, end.Usage.MemoryPeak)}
	switch {
	case end.Reason == sdk.StartFailed:
		return a.unstartable("the container could not be started", end.Message)
	case asked != nil && (a.e.settings.Remote || !end.Finished.Before(asked.At)):
		exit.Reason, exit.Message = asked.Reason, stopped(asked.Reason, limit)
	case end.Reason != 0:
		exit.Reason, exit.Message = end.Reason, end.Message
	case end.OOMKilled && end.Code != 0:
		exit.Reason = sdk.OutOfMemory
		exit.Message = "the kernel killed it because its memory was used up: raise mem_limit, or have the model use less"
	case end.Killed != 0:
		exit.Reason = sdk.Stopped
		exit.Message = fmt.Sprintf("somebody sent the container signal %d (%s)", end.Killed, end.Killed)
		if commands := a.e.settings.Advice.Kill; commands != "" {
			exit.Message += ", as " + commands + ": neither the agent nor the memory limit ended it"
		}
	}
	return exit
}

func stopped(reason sdk.Reason, limit time.Duration) string {
	if reason == sdk.TimedOut {
		return fmt.Sprintf("it was stopped because it exceeded its time of %v", limit)
	}
	return "it was stopped"
}

// unstartable is the end of an attempt whose process could not be started.
func (a *attempt) unstartable(doing, said string) *sdk.Exit {
	exit := a.failed(sdk.StartFailed, doing+": "+said)
	startfault.Judge(exit, said)
	return exit
}
