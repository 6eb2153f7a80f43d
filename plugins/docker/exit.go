package docker

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
)

// exitOf tells how a container ended. Killed is the signal that somebody else had
// the engine send, or 0.
func (a *attempt) exitOf(c engine.Container, killed syscall.Signal) *sdk.Exit {
	if c.Started.IsZero() {
		return a.unstartable("docker could not start the container", c.Error)
	}
	exit := &sdk.Exit{
		Reason: sdk.Exited, Code: c.ExitCode, Signal: signalOf(c.ExitCode), Node: a.e.node(), ImageDigest: c.Image,
		Started: c.Started, Finished: c.Finished,
	}
	a.Mu.Lock()
	asked, lost := a.ending, a.lost
	exit.Usage = a.usage
	a.Mu.Unlock()
	switch {
	case asked != nil && !(a.e.engine.OnThisHost() && c.Finished.Before(asked.At)):
		exit.Reason, exit.Message = asked.Reason, stopped(asked.Reason, a.plan)
	case c.OOMKilled && c.ExitCode != 0:
		exit.Reason = sdk.OutOfMemory
		exit.Message = "the kernel killed it because its memory was used up: raise mem_limit, or have the model use less"
	case a.e.left(lost, c) || a.e.hostRestarted(c):
		exit.Reason = sdk.NodeLost
		exit.Message = "docker or its host was restarted while the container ran; with live-restore containers outlive a restart of docker"
	case killed != 0:
		exit.Reason = sdk.Stopped
		exit.Message = fmt.Sprintf("somebody sent the container signal %d (%s), as docker stop and docker kill do", killed, killed)
	case exit.Signal != 0:
		exit.Message = fmt.Sprintf("the process was ended by signal %d (%s)", exit.Signal, syscall.Signal(exit.Signal))
	case c.ExitCode != 0:
		exit.Message = fmt.Sprintf("the process ended with code %d: its output says why", c.ExitCode)
	}
	return exit
}

// whyKilled asks the engine again about a container with a memory limit that
// was killed, and nobody says by whom: the engine learns of an end and of
// memory that was used up in two messages, and in any order.
func (a *attempt) whyKilled(ctx context.Context, c engine.Container) (engine.Container, error) {
	const late, again = 3 * time.Second, 100 * time.Millisecond
	for time.Since(c.Finished) < late && c.ExitCode == 128+int(syscall.SIGKILL) && c.Memory > 0 && !c.OOMKilled && a.asked() == nil {
		timer := time.NewTimer(again)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		now, err := a.e.engine.Inspect(ctx, c.ID)
		if err != nil {
			return c, asError(err, "ask why attempt "+string(a.ID)+" was killed")
		}
		c = now
	}
	return c, nil
}

// killed returns the signal by which somebody else had the engine end a container,
// or 0. The engine tells of a signal after it has sent it, so of a process that a
// signal has ended it is asked for a little longer.
func (a *attempt) killed(ctx context.Context, c engine.Container) syscall.Signal {
	if c.Started.IsZero() || a.asked() != nil {
		return 0
	}
	until := c.Finished.Add(50 * time.Millisecond)
	if signalOf(c.ExitCode) != 0 {
		until = c.Finished.Add(time.Second)
	}
	signal, err := a.e.engine.Killed(ctx, c, until)
	if err != nil && ctx.Err() == nil {
		a.Warn("docker could not be asked whether somebody stopped the container: " + engine.Message(err))
	}
	return signal
}

func stopped(reason sdk.Reason, p plan) string {
	if reason == sdk.TimedOut {
		return fmt.Sprintf("it was stopped because it exceeded its time of %v", p.Timeout)
	}
	return "it was stopped"
}

// signalOf returns the signal that a code tells of: engines report the end by a
// signal as 128 and its number, as shells do. A process that ends by itself
// with such a code cannot be told apart.
func signalOf(code int) int {
	if code > 128 && code <= 128+64 {
		return code - 128
	}
	return 0
}

// left tells whether a container ended because the engine was stopped: then
// engines end their containers too, some time before they hang up or when they
// are back, unless they were told to let them live. Whatever code the process
// ends with, it was not done.
func (e *Executor) left(lost time.Time, c engine.Container) bool {
	return !lost.IsZero() && !e.livesOn() && c.Finished.After(lost.Add(-30*time.Second))
}

// livesOn tells whether containers outlive the engine.
func (e *Executor) livesOn() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.about != nil && e.about.LiveRestore
}

// hostRestarted tells whether the host was started again while the container ran.
func (e *Executor) hostRestarted(c engine.Container) bool {
	if !e.engine.OnThisHost() {
		return false
	}
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		if seconds, ok := strings.CutPrefix(line, "btime "); ok {
			boot, err := strconv.ParseInt(strings.TrimSpace(seconds), 10, 64)
			return err == nil && c.Started.Before(time.Unix(boot, 0)) && !c.Finished.Before(time.Unix(boot, 0))
		}
	}
	return false
}

// node names the host that the engine runs on.
func (e *Executor) node() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.about == nil {
		return ""
	}
	return e.about.Name
}
