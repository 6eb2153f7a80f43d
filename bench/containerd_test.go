package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	containerd "github.com/containerd/containerd/v2/client"
	"github.com/containerd/containerd/v2/core/containers"
	"github.com/containerd/containerd/v2/pkg/cio"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// containerdRuntime is containerd, through its own client.
type containerdRuntime struct {
	client   *containerd.Client
	record   containers.Container // of the container that is made again
	restored sync.Once
	lived    bool   // it was made again before
	output   string // the folder of what it prints
}

// dialContainerd leaves the benchmark out where no containerd answers.
func dialContainerd(b *testing.B) *containerdRuntime {
	b.Helper()
	if _, err := os.Stat(containerdSocket); err != nil {
		skip(b, "no containerd at "+containerdSocket+": run make services")
	}
	pluginProgram(b, "containerd")
	client, err := containerd.New(containerdSocket, containerd.WithDefaultNamespace("raddeploy"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { client.Close() })
	return &containerdRuntime{client: client, output: b.TempDir()}
}

func (c *containerdRuntime) held(ctx context.Context, label string) ([]containers.Container, error) {
	name, value, _ := strings.Cut(label, "=")
	return c.client.ContainerService().List(ctx, fmt.Sprintf("labels.%q==%q", name, value))
}

func (c *containerdRuntime) learn(ctx context.Context, label string) bool {
	held, err := c.held(ctx, label)
	if err != nil || len(held) == 0 {
		return false
	}
	c.record = held[0]
	return true
}

func (c *containerdRuntime) live(b *testing.B) {
	b.Helper()
	c.restored.Do(func() {
		c.restore(b)
		c.renew(b)
		c.lived = true
	})
	if err := c.run(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// restore makes the files again that are mounted and went away with the
// attempt, such as /etc/hosts. They stay empty.
func (c *containerdRuntime) restore(b *testing.B) {
	b.Helper()
	var spec specs.Spec
	if err := json.Unmarshal(c.record.Spec.GetValue(), &spec); err != nil {
		b.Fatal(err)
	}
	for _, mount := range spec.Mounts {
		if _, err := os.Stat(mount.Source); mount.Type != "bind" || err == nil {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(mount.Source), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(mount.Source, nil, 0o644); err != nil {
			b.Fatal(err)
		}
	}
}

func (c *containerdRuntime) run(ctx context.Context) (err error) {
	const name = "raddeploy-bench"
	image, err := c.client.GetImage(ctx, c.record.Image)
	if err != nil {
		return err
	}
	container, err := c.client.NewContainer(ctx, name, containerd.WithSnapshotter(c.record.Snapshotter), containerd.WithNewSnapshot(name, image),
		containerd.WithRuntime(c.record.Runtime.Name, nil), func(_ context.Context, _ *containerd.Client, made *containers.Container) error {
			made.Image, made.Spec = c.record.Image, c.record.Spec
			return nil
		})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, container.Delete(ctx, containerd.WithSnapshotCleanup)) }()
	task, err := container.NewTask(ctx, cio.LogFile(filepath.Join(c.output, "log")))
	if err != nil {
		return err
	}
	ended, err := task.Wait(ctx)
	if err == nil {
		err = task.Start(ctx)
	}
	if err != nil {
		_, killed := task.Delete(ctx, containerd.WithProcessKill)
		return errors.Join(err, killed)
	}
	status := <-ended
	if code, _, failed := status.Result(); code != 0 || failed != nil {
		err = fmt.Errorf("the container ended with %d: %w", code, failed)
	}
	_, deleted := task.Delete(ctx)
	return errors.Join(err, deleted)
}

func (c *containerdRuntime) rest(b *testing.B, s *site) {
	b.Helper()
	defer func() {
		if c.lived {
			c.renew(b)
		}
	}()
	label := strings.TrimPrefix(s.label(b), "label=")
	s.until(b, "containerd to hold nothing of the site", func() bool {
		held, err := c.held(b.Context(), label)
		return err == nil && len(held) == 0
	})
}

// renew empties the layers of overlays: a volatile one cannot be mounted a
// second time.
func (c *containerdRuntime) renew(b *testing.B) {
	b.Helper()
	var spec specs.Spec
	if c.record.Spec == nil || json.Unmarshal(c.record.Spec.GetValue(), &spec) != nil {
		return
	}
	for _, mount := range spec.Mounts {
		for _, option := range mount.Options {
			name, dir, _ := strings.Cut(option, "=")
			if mount.Type != "overlay" || name != "upperdir" && name != "workdir" {
				continue
			}
			if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
				b.Fatal(err)
			}
		}
	}
}
