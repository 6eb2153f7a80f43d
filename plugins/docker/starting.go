package docker

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// starting is the note, among those of [engine.Folder], with the id of the container
// that the engine is asked to start now.
func (b *backend) starting(name string) string {
	return filepath.Join(engine.Folder(b.site, name), "starting")
}

// Start implements [engine.Engine].
func (b *backend) Start(ctx context.Context, c engine.Container) error {
	if err := attempts.WriteNote(b.starting(c.Name), c.ID); err != nil {
		return sdk.Errorf(sdk.Unavailable, "write down that %s is started: %w", c.Name, err)
	}
	err := b.api.Start(ctx, c.ID)
	if api.IsNoContainer(err) {
		return kinds.OfContainer(err)
	}
	return kinds.Of(err)
}

// mayHaveRun tells whether the process of a container may have run that the engine
// has not started as far as it knows. An engine writes down that a process runs
// after it has started it: one that is killed in between says "created" when it is
// back. It has also forgotten that it made the container.
func (b *backend) mayHaveRun(ctx context.Context, name string, c api.Container) (bool, error) {
	asked := attempts.ReadNote[string](b.starting(name))
	if c.Status != api.Created || asked == nil || *asked != c.ID {
		return false, nil
	}
	knows, err := b.api.Made(ctx, c)
	return err == nil && !knows, err
}

// endProcesses ends what runs in a container of this host that the engine takes for
// one that was never started: it would go on beside the next attempt, on the same
// GPUs. The container's id is in the names of its control groups.
func endProcesses(id string) {
	files, _ := filepath.Glob("/proc/[0-9]*/cgroup")
	for _, file := range files {
		groups, err := os.ReadFile(file)
		if pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil && pid > 1 && strings.Contains(string(groups), id) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
