package api

import (
	"context"
	"io"

	"github.com/docker/docker/api/types/container"
)

// CopyIn unpacks a tar stream in a folder of a container, which need not run.
func (e *Engine) CopyIn(ctx context.Context, id, folder string, tar io.Reader) error {
	return e.api.CopyToContainer(ctx, id, folder, tar, container.CopyToContainerOptions{})
}

// CopyOut returns a folder of a container as a tar stream, with symlinks as
// they are.
func (e *Engine) CopyOut(ctx context.Context, id, folder string) (io.ReadCloser, error) {
	tar, _, err := e.api.CopyFromContainer(ctx, id, folder)
	return tar, err
}
