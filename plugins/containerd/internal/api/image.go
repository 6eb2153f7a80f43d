package api

import (
	"context"
	"fmt"

	"github.com/containerd/containerd/v2/client"
	"github.com/containerd/containerd/v2/core/images"
	"github.com/distribution/reference"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/identity"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Image is what of an image a container needs.
type Image struct {
	Name   string        // with registry and tag
	Digest digest.Digest // of what the name stands for at its registry
	Chain  digest.Digest // of its unpacked layers
	Config ocispec.ImageConfig
}

// FullName gives an image's name its registry and its tag, as docker's words
// have it: "busybox" is "docker.io/library/busybox:latest".
func FullName(name string) (string, error) {
	named, err := reference.ParseDockerRef(name)
	if err != nil {
		return "", fmt.Errorf("%q is no name of an image: %w", name, err)
	}
	return named.String(), nil
}

// FindImage returns an image that is there with all its layers, and unpacks it
// if it is not unpacked yet. The error is ErrNoImage if it is not there.
func (e *Engine) FindImage(ctx context.Context, name string) (Image, error) {
	record, err := e.client.ImageService().Get(ctx, name)
	if IsNotFound(err) {
		return Image{}, ErrNoImage
	}
	if err != nil {
		return Image{}, err
	}
	found, err := e.describe(ctx, record)
	if err != nil {
		return Image{}, err
	}
	_, err = e.client.SnapshotService(e.place.Snapshotter).Stat(ctx, found.Chain.String())
	if IsNotFound(err) {
		err = client.NewImage(e.client, record).Unpack(e.in(ctx), e.place.Snapshotter)
		if IsNotFound(err) { // of some layer there is only the name
			return Image{}, ErrNoImage
		}
	}
	return found, err
}

// HasImage tells whether an image is there: unpacked, as tasks need it, also where its
// layers were removed after that, or whole in the content store.
func (e *Engine) HasImage(ctx context.Context, name string) (bool, error) {
	record, err := e.client.ImageService().Get(ctx, name)
	if IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if unpacked, err := client.NewImageWithPlatform(e.client, record, e.platform()).IsUnpacked(e.in(ctx), e.place.Snapshotter); err == nil && unpacked {
		return true, nil
	}
	_, _, _, missing, err := images.Check(ctx, e.client.ContentStore(), record.Target, e.platform())
	return err == nil && len(missing) == 0, err
}

// describe reads what the image says about itself; once for each digest.
func (e *Engine) describe(ctx context.Context, record images.Image) (Image, error) {
	e.mu.Lock()
	known, ok := e.images[record.Target.Digest]
	e.mu.Unlock()
	if ok {
		known.Name = record.Name
		return known, nil
	}
	spec, err := client.NewImage(e.client, record).Spec(e.in(ctx))
	if IsNotFound(err) {
		return Image{}, ErrNoImage
	}
	if err != nil {
		return Image{}, fmt.Errorf("read the configuration of image %s: %w", record.Name, err)
	}
	found := Image{Name: record.Name, Digest: record.Target.Digest, Chain: identity.ChainID(spec.RootFS.DiffIDs), Config: spec.Config}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.images[record.Target.Digest] = found
	return found, nil
}
