package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"

	"github.com/containerd/containerd/v2/core/containers"
	"github.com/containerd/typeurl/v2"
	"github.com/opencontainers/runtime-spec/specs-go"
	"google.golang.org/protobuf/types/known/anypb"
)

// Container is containerd's record of a container, whether or not it has a task.
type Container struct {
	Name   string
	Labels map[string]string
	Plan   []byte // as it was given to CreateContainer
}

// planType is what the plan is called among the record's extensions.
const planType = "raddeploy.plan"

// specType is what containerd calls the specification of the OCI runtime.
const specType = "types.containerd.io/opencontainers/runtime-spec/1/Spec"

// gcContent is a label by which containerd keeps content as long as what bears it.
const gcContent = "containerd.io/gc.ref.content.raddeploy"

// Prepare makes the writable layer of a container on top of an image. One that
// is there already is taken.
func (e *Engine) Prepare(ctx context.Context, name string, image Image) error {
	_, err := e.client.SnapshotService(e.place.Snapshotter).Prepare(ctx, name, image.Chain.String())
	if IsExists(err) {
		return nil
	}
	return err
}

// CreateContainer makes the record of a container whose writable layer is
// there. The image's content is kept as long as the record.
func (e *Engine) CreateContainer(ctx context.Context, c Container, image Image, spec *specs.Spec) error {
	text, err := json.Marshal(spec)
	if err != nil {
		return fmt.Errorf("write the specification: %w", err)
	}
	labels := maps.Clone(c.Labels)
	labels[gcContent] = image.Digest.String()
	_, err = e.client.ContainerService().Create(ctx, containers.Container{
		ID: c.Name, Labels: labels, Image: image.Name, Runtime: containers.RuntimeInfo{Name: e.place.Runtime},
		Spec: &anypb.Any{TypeUrl: specType, Value: text}, Snapshotter: e.place.Snapshotter, SnapshotKey: c.Name,
		Extensions: map[string]typeurl.Any{planType: &anypb.Any{TypeUrl: planType, Value: c.Plan}},
	})
	return err
}

// FindContainer returns the record of a container.
func (e *Engine) FindContainer(ctx context.Context, name string) (Container, error) {
	record, err := e.client.ContainerService().Get(ctx, name)
	if err != nil {
		return Container{}, err
	}
	return containerOf(record), nil
}

// Containers lists the records that bear all the labels.
func (e *Engine) Containers(ctx context.Context, labels map[string]string) ([]Container, error) {
	filter := ""
	for name, value := range labels {
		if filter != "" {
			filter += ","
		}
		filter += "labels." + strconv.Quote(name) + "==" + strconv.Quote(value)
	}
	records, err := e.client.ContainerService().List(ctx, filter)
	if err != nil {
		return nil, err
	}
	var out []Container
	for _, record := range records {
		out = append(out, containerOf(record))
	}
	return out, nil
}

func containerOf(record containers.Container) Container {
	c := Container{Name: record.ID, Labels: record.Labels}
	if plan := record.Extensions[planType]; plan != nil {
		c.Plan = plan.GetValue()
	}
	return c
}

// RemoveContainer removes the record of a container and its writable layer, as
// far as they are there.
func (e *Engine) RemoveContainer(ctx context.Context, name string) error {
	return each(
		func() error { return unlessGone(e.client.ContainerService().Delete(ctx, name)) },
		func() error { return unlessGone(e.client.SnapshotService(e.place.Snapshotter).Remove(ctx, name)) },
		func() error { return unlessGone(e.release(ctx, name)) },
	)
}

func unlessGone(err error) error {
	if IsNotFound(err) {
		return nil
	}
	return err
}

// Spec returns the specification that a container was made with.
func (e *Engine) Spec(ctx context.Context, name string) (*specs.Spec, error) {
	record, err := e.client.ContainerService().Get(ctx, name)
	if err != nil {
		return nil, err
	}
	var spec specs.Spec
	if err := json.Unmarshal(record.Spec.GetValue(), &spec); err != nil {
		return nil, fmt.Errorf("read the specification of %s: %w", name, err)
	}
	return &spec, nil
}
