package docker

import (
	"archive/tar"
	"context"
	"maps"
	"strings"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// fillStatics copies statics into volumes, for an engine that does not share
// the agent's folders. A volume that is read-only in the task's container can
// only be filled through another one: it is never started, and goes away at
// once.
func (b *backend) fillStatics(ctx context.Context, c engine.Container, statics []transfer) error {
	if len(statics) == 0 {
		return nil
	}
	own, err := b.api.Inspect(ctx, c.ID)
	if err != nil {
		return err
	}
	marks := engine.Marks(c.Labels)
	config := &api.Config{Image: own.Image, Cmd: api.Words{"-"}, Labels: maps.Clone(marks)}
	config.Labels[labelFiller] = "true"
	host := &api.HostConfig{NetworkMode: "none"}
	for _, s := range statics {
		host.Mounts = append(host.Mounts, api.Mount{Type: api.VolumeMount, Source: s.Volume, Target: s.Container,
			VolumeOptions: &api.VolumeOptions{NoCopy: true, Labels: marks}})
	}
	if err := b.removeFiller(ctx, c); err != nil { // left by an earlier plugin process
		return err
	}
	id, _, err := b.api.Create(ctx, filler(c), config, host)
	if err != nil {
		return err
	}
	copied := b.send(ctx, id, "/", func(w *tar.Writer) error {
		for _, s := range statics {
			if err := writeFolder(w, s.Host, strings.TrimPrefix(s.Container, "/")); err != nil {
				return err
			}
		}
		return nil
	})
	if err := b.removeFiller(context.WithoutCancel(ctx), c); copied == nil {
		return err
	}
	return copied
}

func filler(c engine.Container) string { return c.Name + "-filler" }

// removeFiller removes the container of fillStatics, which a lost plugin process
// may have left.
func (b *backend) removeFiller(ctx context.Context, c engine.Container) error {
	err := b.api.Remove(ctx, filler(c), true)
	if api.IsNotFound(err) {
		return nil
	}
	return err
}
