package containerd

import (
	"fmt"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/startfault"
)

// exitOf tells how a process ended.
func (a *attempt) exitOf(task engine.Task, used engine.Usage) *sdk.Exit {
	a.Mu.Lock()
	asked, p := a.ending, a.plan
	a.Mu.Unlock()
	exit := &sdk.Exit{
		Reason: sdk.Exited, Code: task.Code, Signal: signalOf(task.Code), Node: a.e.node, ImageDigest: p.Digest,
		Usage: sdk.Usage{CPU: used.CPU, MemoryPeak: used.MemoryPeak}, Finished: task.Finished,
	}
	if began := noted[start](a.e, a.ID, noteStarted); began != nil {
		exit.Started = began.At
	}
	switch {
	case asked != nil && !task.Finished.Before(asked.At):
		exit.Reason, exit.Message = asked.Reason, stopped(asked.Reason, p)
	case used.OOMKills > 0 && task.Code != 0:
		exit.Reason = sdk.OutOfMemory
		exit.Message = "the kernel killed it because its memory was used up: raise mem_limit, or have the model use less"
	case exit.Signal == int(syscall.SIGKILL) || exit.Signal == int(syscall.SIGTERM):
		exit.Reason = sdk.Stopped
		exit.Message = fmt.Sprintf("somebody sent the process signal %d (%s), as ctr task kill does: neither the agent nor the memory limit ended it", exit.Signal, syscall.Signal(exit.Signal))
	case exit.Signal != 0:
		exit.Message = fmt.Sprintf("the process was ended by signal %d (%s)", exit.Signal, syscall.Signal(exit.Signal))
	case task.Code != 0:
		exit.Message = fmt.Sprintf("the process ended with code %d: its output says why", task.Code)
	}
	return exit
}

func stopped(reason sdk.Reason, p plan) string {
	if reason == sdk.TimedOut {
		return fmt.Sprintf("it was stopped because it exceeded its time of %v", p.Timeout)
	}
	return "it was stopped"
}

// unstartable is the end of an attempt whose process could not be started.
func (a *attempt) unstartable(doing, said string) *sdk.Exit {
	exit := a.failed(sdk.StartFailed, doing+": "+said)
	startfault.Judge(exit, said)
	return exit
}

// signalOf returns the signal that a code tells of: runtimes report the end by
// a signal as 128 and its number, as shells do. A process that ends by itself
// with such a code cannot be told apart.
func signalOf(code int) int {
	if code > 128 && code <= 128+64 {
		return code - 128
	}
	return 0
}

// lost is the end of an attempt whose process was started, and of which
// containerd knows nothing any more.
func lost(a *attempt, began *start) *sdk.Exit {
	exit := a.failed(sdk.Vanished, "the container's process is gone, and nobody can tell how it ended: its shim was killed, or somebody removed its task from containerd")
	if began.Boot != boot() {
		exit = a.failed(sdk.NodeLost, "the host was restarted while the container ran")
	}
	exit.Started, exit.Finished = began.At, time.Now()
	return exit
}
