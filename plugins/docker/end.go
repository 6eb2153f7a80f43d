package docker

import (
	"context"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// seen is what this process has seen of a container and the engine does not
// tell.
type seen struct {
	told bool      // it was sent a signal by this executor
	lost time.Time // when the engine went away while it ran
}

func (b *backend) remember(name string, what func(*seen)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.seen[name]
	what(&s)
	b.seen[name] = s
}

func (b *backend) remembered(name string) seen {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen[name]
}

var errEngineLeaves = sdk.Errorf(sdk.Unavailable, "docker is being stopped, or answers no more: how the attempt ended is told when it is back")

// Wait implements [engine.Engine].
func (b *backend) Wait(ctx context.Context, c engine.Container) (engine.End, error) {
	if c.State != engine.Ended {
		err := <-b.api.Wait(ctx, c.ID)
		if err == nil && !b.livesOn() && !b.api.Stays(ctx) {
			err = errEngineLeaves
		}
		if err != nil {
			b.remember(c.Name, func(s *seen) { s.lost = time.Now() })
			return engine.End{}, kinds.OfContainer(err)
		}
	}
	ended, err := b.api.Inspect(ctx, c.ID)
	if err != nil {
		return engine.End{}, kinds.OfContainer(err)
	}
	if ended.Status == api.Created && b.api.OnThisHost() {
		endProcesses(ended.ID)
	}
	known := b.remembered(c.Name)
	if ended, err = b.withMemory(ctx, ended, known.told); err != nil {
		return engine.End{}, kinds.OfContainer(err)
	}
	return b.endOf(ctx, ended, known), nil
}

// endOf tells how a container ended.
func (b *backend) endOf(ctx context.Context, c api.Container, known seen) engine.End {
	end := engine.End{Code: c.ExitCode, Started: c.Started, Finished: c.Finished, Image: c.Image, OOMKilled: c.OOMKilled}
	switch {
	case c.Status == api.Created && c.Error == "":
		end.Reason = sdk.NodeLost
		end.Message = "docker or its host was restarted while it started the container, whose process may have run"
	case c.Started.IsZero():
		end.Reason, end.Message = sdk.StartFailed, c.Error
	case c.OOMKilled && c.ExitCode != 0:
	case b.left(known.lost, c) || b.hostRestarted(c):
		end.Reason = sdk.NodeLost
		end.Message = "docker or its host was restarted while the container ran"
		if !b.livesOn() {
			end.Message += "; with live-restore containers outlive a restart of docker"
		}
	case !known.told:
		end.Killed, end.Warning = b.killed(ctx, c)
		if end.Killed == 0 && c.Memory > 0 && byKill(c) {
			end.Reason, end.Message = sdk.Exited, killedByNobody
		}
	}
	return end
}

// killed returns the signal by which somebody else had the engine end a container,
// or 0. The engine tells of a signal after it has sent it, so of a process that a
// signal has ended it is asked for a little longer.
func (b *backend) killed(ctx context.Context, c api.Container) (signal syscall.Signal, warning string) {
	until := c.Finished.Add(50 * time.Millisecond)
	if attempts.SignalOf(c.ExitCode) != 0 {
		until = c.Finished.Add(time.Second)
	}
	signal, err := b.api.Killed(ctx, c, until)
	if err != nil && ctx.Err() == nil {
		warning = "docker could not be asked whether somebody stopped the container: " + api.Message(err)
	}
	return signal, warning
}

// nobodyKnows is the code that an engine writes down for a container that it finds
// dead when it is back, and whose end nobody saw.
const nobodyKnows = 255

// left tells whether a container ended because the engine was stopped: then
// engines end their containers too, some time before they hang up or when they
// are back, unless they were told to let them live. Whatever code the process
// ends with, it was not done. Of containers that live on, some are dead all the
// same when the engine is back.
func (b *backend) left(lost time.Time, c api.Container) bool {
	return !lost.IsZero() && (!b.livesOn() || c.ExitCode == nobodyKnows) && c.Finished.After(lost.Add(-30*time.Second))
}

// livesOn tells whether containers outlive the engine.
func (b *backend) livesOn() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.about != nil && b.about.LiveRestore
}

// hostRestarted tells whether the host was started again while the container ran.
func (b *backend) hostRestarted(c api.Container) bool {
	if !b.api.OnThisHost() {
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
