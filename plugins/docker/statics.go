package docker

import (
	"archive/tar"
	"context"
	"maps"
	"strings"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
)

// fillStatics copies statics into volumes, for an engine that does not share
// the agent's folders. A volume that is read-only in the task's container can
// only be filled through another one: it is never started, and goes away at
// once.
func (e *Executor) fillStatics(ctx context.Context, task *sdk.Task, r *request) error {
	if len(r.laid.statics) == 0 {
		return nil
	}
	name := containerName(task.Attempt) + "-filler"
	config := &engine.Config{Image: task.Container.Image, Cmd: engine.Words{"-"}, Labels: maps.Clone(e.attemptLabels(task.Attempt))}
	config.Labels[labelFiller] = "true"
	host := &engine.HostConfig{NetworkMode: "none"}
	for _, s := range r.laid.statics {
		host.Mounts = append(host.Mounts, engine.Mount{Type: engine.VolumeMount, Source: s.volume, Target: s.Container,
			VolumeOptions: &engine.VolumeOptions{NoCopy: true, Labels: e.attemptLabels(task.Attempt)}})
	}
	// left by an earlier plugin process
	if err := e.engine.Remove(ctx, name, true); err != nil && !engine.IsNotFound(err) {
		return err
	}
	id, _, err := e.engine.Create(ctx, name, config, host)
	if err != nil {
		return err
	}
	copied := e.send(ctx, id, "/", func(w *tar.Writer) error {
		for _, s := range r.laid.statics {
			if err := writeFolder(w, s.Host, strings.TrimPrefix(s.Container, "/")); err != nil {
				return err
			}
		}
		return nil
	})
	if err := e.engine.Remove(context.WithoutCancel(ctx), id, true); err != nil && copied == nil && !engine.IsNotFound(err) {
		return err
	}
	return copied
}

// removeFiller removes the container of fillStatics that a lost plugin process
// has left.
func (e *Executor) removeFiller(ctx context.Context, id sdk.AttemptID) error {
	err := e.engine.Remove(ctx, containerName(id)+"-filler", true)
	if engine.IsNotFound(err) {
		return nil
	}
	return err
}
