package api

import (
	"context"

	"github.com/containerd/containerd/v2/core/containers"
	"github.com/containerd/containerd/v2/pkg/oci"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// PlainSpec is the specification of a container that nothing is asked of:
// Docker's capabilities and mounts, namespaces and a control group of its own,
// the usual devices.
func (e *Engine) PlainSpec(ctx context.Context, name string) (*specs.Spec, error) {
	return oci.GenerateSpec(e.in(ctx), e.client, &containers.Container{ID: name}, oci.WithDefaultUnixDevices)
}

// Privilege gives a container the host's rights and devices.
func Privilege(s *specs.Spec) error {
	return oci.ApplyOpts(context.Background(), nil, nil, s, oci.WithPrivileged, oci.WithAllDevicesAllowed, oci.WithHostDevices)
}
