package api

import (
	"context"
	"errors"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
)

// The states of a container that are told apart.
const (
	Created = container.StateCreated
	Exited  = container.StateExited
	Dead    = container.StateDead
)

// Container is what an engine knows about one container.
type Container struct {
	ID        string
	Image     string // the image's id, "sha256:…"
	Labels    map[string]string
	Status    string
	Running   bool // or paused
	ExitCode  int
	OOMKilled bool
	Memory    int64  // its limit in bytes; 0: none
	Error     string // why it could not be started
	Started   time.Time
	Finished  time.Time
}

// Ended tells whether the container's process has run and ended.
func (c Container) Ended() bool { return c.Status == Exited || c.Status == Dead }

// Create makes a container and, in the same call, the volumes that its mounts
// describe.
func (e *Engine) Create(ctx context.Context, name string, config *Config, host *HostConfig) (id string, warnings []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, slow)
	defer cancel()
	created, err := e.api.ContainerCreate(ctx, config, host, nil, nil, name)
	return created.ID, created.Warnings, err
}

// Start starts a container. Starting one that runs is a no-op.
func (e *Engine) Start(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, slow)
	defer cancel()
	return e.api.ContainerStart(ctx, id, container.StartOptions{})
}

// Inspect asks for one container, by id or name.
func (e *Engine) Inspect(ctx context.Context, id string) (Container, error) {
	ctx, cancel := context.WithTimeout(ctx, quick)
	defer cancel()
	got, err := e.api.ContainerInspect(ctx, id)
	if err != nil {
		return Container{}, err
	}
	if got.ContainerJSONBase == nil || got.State == nil {
		return Container{}, errors.New("docker's answer about the container has no state")
	}
	c := Container{
		ID: got.ID, Image: got.Image, Status: got.State.Status, Running: got.State.Running,
		ExitCode: got.State.ExitCode, OOMKilled: got.State.OOMKilled, Error: got.State.Error,
		Started: when(got.State.StartedAt), Finished: when(got.State.FinishedAt),
	}
	if !c.Running && !c.Finished.IsZero() && c.Finished.Before(c.Started) {
		c.Started = c.Finished // what ends at once may have ended before the engine wrote down that it had started
	}
	if got.HostConfig != nil {
		c.Memory = got.HostConfig.Memory
	}
	if got.Config != nil {
		c.Labels = got.Config.Labels
	}
	return c, nil
}

// when reads a time of the engine, which writes the year 1 for never.
func when(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.Year() <= 1 {
		return time.Time{}
	}
	return t
}

// Wait begins to wait for the end of a container that was started. The channel
// gets nil at the end, which may be past, or why there is nothing to wait for any
// more.
func (e *Engine) Wait(ctx context.Context, id string) <-chan error {
	ended, broken := e.api.ContainerWait(ctx, id, container.WaitConditionNotRunning)
	out := make(chan error, 1)
	go func() {
		select {
		case answer := <-ended:
			if answer.Error != nil {
				out <- errors.New(answer.Error.Message)
				return
			}
			out <- nil
		case err := <-broken:
			out <- err
		}
	}()
	return out
}

// Remove removes a container with its anonymous volumes; force kills it first.
func (e *Engine) Remove(ctx context.Context, id string, force bool) error {
	ctx, cancel := context.WithTimeout(ctx, slow)
	defer cancel()
	return e.api.ContainerRemove(ctx, id, container.RemoveOptions{RemoveVolumes: true, Force: force})
}

// Listed is one line of a list of containers.
type Listed struct {
	ID     string
	Labels map[string]string
	Status string
}

// Ended tells whether the container's process has run and ended.
func (l Listed) Ended() bool { return l.Status == Exited || l.Status == Dead }

// List names the containers in any state that bear all the labels.
func (e *Engine) List(ctx context.Context, labels map[string]string) ([]Listed, error) {
	ctx, cancel := context.WithTimeout(ctx, quick)
	defer cancel()
	found, err := e.api.ContainerList(ctx, container.ListOptions{All: true, Filters: labelled(labels)})
	if err != nil {
		return nil, err
	}
	out := make([]Listed, 0, len(found))
	for _, c := range found {
		out = append(out, Listed{ID: c.ID, Labels: c.Labels, Status: c.State})
	}
	return out, nil
}

func labelled(labels map[string]string) filters.Args {
	args := filters.NewArgs()
	for name, value := range labels {
		args.Add("label", name+"="+value)
	}
	return args
}
