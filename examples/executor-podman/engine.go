package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
	"github.com/raddeploy/raddeploy/sdk/engine/command"
)

// cli implements [engine.Engine]. It remembers nothing: podman is asked.
type cli struct {
	command.Program
	site  sdk.Site
	gpus  []string
	looks command.Looks
}

func (p *cli) Look(ctx context.Context) sdk.Fingerprint {
	now := p.looks.Look(ctx, p.Program, "podman", "version", "--format={{.Client.Version}}")
	now.Local, now.GPUs = true, command.GPUs(p.gpus)
	return now
}

func (p *cli) Check(_ context.Context, task *sdk.Task) sdk.Diagnostics { return command.Check(task) }

// Way is that podman mounts overlays itself, and takes none of their options.
func (p *cli) Way(context.Context, *sdk.Task) engine.Way { return engine.Plain }

func (p *cli) Pull(ctx context.Context, image string, sign func(*sdk.Progress)) error {
	return p.Program.Pull(ctx, image, sign, "Trying to pull")
}

// initialized is what podman says of a container in the middle of its start. One that
// is found so may have run: podman was killed. It must not be started again.
const initialized = "initialized"

// inspected is what podman says of a container.
type inspected struct {
	Name, ImageDigest string
	State             struct {
		Status                string
		OOMKilled             bool
		ExitCode              int
		StartedAt, FinishedAt time.Time
	}
	Config struct {
		Labels     map[string]string
		StopSignal any // a number, from podman 5 on a name
	}
}

func (i inspected) container() engine.Container {
	c := engine.Container{Name: i.Name, Labels: i.Config.Labels, State: engine.Running, Started: i.State.StartedAt, Own: i.State.Status}
	switch i.State.Status {
	case "configured", "created":
		c.State = engine.Created
	case initialized, "stopped", "exited", "removing":
		c.State = engine.Ended
	}
	return c
}

func (p *cli) Find(ctx context.Context, name string) (engine.Container, error) {
	found, err := command.Inspect[inspected](ctx, p.Program, name)
	return found.container(), err
}

func (p *cli) List(ctx context.Context, labels map[string]string) (all []engine.Container, err error) {
	found, err := command.Labelled[inspected](ctx, p.Program, labels)
	for _, one := range found {
		all = append(all, one.container())
	}
	return all, err
}

// folder is where podman keeps what an attempt's container prints, and a file
// that tells that its memory was used up.
func (p *cli) folder(container, file string) string {
	return filepath.Join(engine.Folder(p.site, container), file)
}

func (p *cli) Create(ctx context.Context, r *engine.Request) (engine.Container, error) {
	if err := os.MkdirAll(p.folder(r.Name, ""), 0o700); err != nil {
		return engine.Container{}, err
	}
	return p.Program.Create(ctx, r, "--pull=never", "--systemd=false", "--http-proxy=false",
		"--log-driver=k8s-file", "--log-opt=path="+p.folder(r.Name, "output"))
}

func (p *cli) Start(ctx context.Context, c engine.Container) error {
	here := p.Program
	here.Dir = p.folder(c.Name, "") // where podman 4 writes the file oom
	return here.Do(ctx, "start", "--", c.Name)
}

func (p *cli) Wait(ctx context.Context, c engine.Container) (engine.End, error) {
	wait := []string{"wait"}
	if c.Own == initialized {
		wait = []string{"stop", "--time=0"}
	}
	if err := p.Do(ctx, append(wait, "--", c.Name)...); err != nil {
		return engine.End{}, err
	}
	found, err := command.Inspect[inspected](ctx, p.Program, c.Name)
	if err != nil {
		return engine.End{}, err
	}
	state := found.State
	end := engine.End{Code: state.ExitCode, Started: state.StartedAt, Finished: state.FinishedAt, Image: found.ImageDigest}
	_, err = os.Stat(p.folder(c.Name, "oom"))
	end.OOMKilled = state.OOMKilled || err == nil
	kills, err := p.Run(ctx, nil, "events", "--stream=false", "--filter=event=kill", "--filter=container="+c.Name)
	switch {
	case c.Own == initialized:
		end.Reason, end.Message = sdk.NodeLost, "podman was killed while it started the container, whose process may have run"
	case state.FinishedAt.IsZero() || state.ExitCode < 0:
		end.Reason, end.Message = sdk.NodeLost, "podman does not know how it ended: the host was restarted, or somebody killed conmon"
	case err == nil && kills != "" && end.Code > 128:
		end.Killed = syscall.Signal(end.Code - 128)
	}
	return end, nil
}

func (p *cli) Signal(ctx context.Context, c engine.Container, force bool) error {
	if force {
		return p.Do(ctx, "kill", "--signal=KILL", "--", c.Name)
	}
	found, err := command.Inspect[inspected](ctx, p.Program, c.Name)
	if err != nil {
		return err
	}
	return p.Do(ctx, "kill", "--signal="+fmt.Sprint(found.Config.StopSignal), "--", c.Name)
}

func (p *cli) Remove(ctx context.Context, c engine.Container) error {
	return p.Do(ctx, "rm", "--ignore", "--volumes", "--", c.Name)
}

func (p *cli) Stats(ctx context.Context, c engine.Container) (usage sdk.Usage, err error) {
	out, err := p.Run(ctx, nil, "stats", "--no-stream", "--format={{.ContainerStats.CPUNano}} {{.ContainerStats.MemUsage}}", "--", c.Name)
	if err == nil {
		_, err = fmt.Sscan(out, &usage.CPU, &usage.MemoryPeak)
	}
	return usage, err
}

func (p *cli) Logs(_ context.Context, c engine.Container, request engine.LogRequest, emit func(sdk.LogChunk) error) error {
	return command.Output(p.folder(c.Name, "output"), request, emit)
}
