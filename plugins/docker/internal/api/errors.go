package api

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/client"
)

// IsNotFound tells that the engine does not have the thing asked for.
func IsNotFound(err error) bool { return errdefs.IsNotFound(err) }

// IsConflict tells that the state of the thing forbids the call: a name in use,
// a container that runs.
func IsConflict(err error) bool { return errdefs.IsConflict(err) }

// IsNoImage tells that a container could not be made because its image is not
// there.
func IsNoImage(err error) bool {
	return errdefs.IsNotFound(err) && strings.Contains(strings.ToLower(err.Error()), "no such image")
}

// IsNoContainer tells that it is the container that is not there, and not its
// image, network or volume.
func IsNoContainer(err error) bool {
	return errdefs.IsNotFound(err) && strings.Contains(strings.ToLower(err.Error()), "no such container")
}

// IsRefused tells that the engine understood and will not: the request is
// wrong, or not allowed.
func IsRefused(err error) bool {
	return errdefs.IsInvalidArgument(err) || errdefs.IsPermissionDenied(err) || errdefs.IsUnauthorized(err)
}

// IsUnreachable tells that there was no answer from the engine, so that nobody
// knows whether the call had an effect.
func IsUnreachable(err error) bool {
	if err == nil {
		return false
	}
	var network net.Error
	return client.IsErrConnectionFailed(err) || errdefs.IsUnavailable(err) || errors.As(err, &network) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded) ||
		strings.Contains(err.Error(), "error during connect")
}

// Message returns what the engine said, without the library's decoration.
func Message(err error) string {
	return strings.TrimSpace(strings.TrimPrefix(err.Error(), "Error response from daemon: "))
}
