package api

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/containerd/errdefs/pkg/errgrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// ErrNoImage tells that an image is not there, or not all of it.
var ErrNoImage = errors.New("the image is not there")

// native gives an error of a service its kind, whether or not the client has
// done so.
func native(err error) error {
	if _, ok := status.FromError(err); ok && err != nil {
		return errgrpc.ToNative(err)
	}
	return err
}

// IsNotFound tells that containerd knows no such thing.
func IsNotFound(err error) bool { return errdefs.IsNotFound(native(err)) }

// IsExists tells that there is such a thing already.
func IsExists(err error) bool { return errdefs.IsAlreadyExists(native(err)) }

// IsInTheWay tells that containerd is still making, or taking away, what an
// earlier call began whose caller went away in the middle of it.
func IsInTheWay(err error) bool {
	if err == nil {
		return false
	}
	said := err.Error()
	return strings.Contains(said, "shim") && (strings.Contains(said, "file exists") || strings.Contains(said, "already exists"))
}

// IsRefused tells that containerd will not take what it was given.
func IsRefused(err error) bool { return errdefs.IsInvalidArgument(native(err)) }

// IsUnreachable tells that nobody answered, so that nobody knows.
func IsUnreachable(err error) bool {
	if err == nil {
		return false
	}
	if errors.Is(err, context.DeadlineExceeded) || errdefs.IsUnavailable(native(err)) {
		return true
	}
	switch status.Code(err) {
	case codes.Unavailable, codes.Canceled, codes.DeadlineExceeded:
		return true
	}
	said := err.Error()
	return strings.Contains(said, "error reading from server: EOF") || strings.Contains(said, "connection closed before server preface") ||
		strings.Contains(said, "ttrpc: closed")
}

// IsGone tells that a process has ended already.
func IsGone(err error) bool {
	return IsNotFound(err) || err != nil && strings.Contains(err.Error(), "process already finished")
}

// Message is an error's text without the wrapping of protocols.
func Message(err error) string {
	if err == nil {
		return ""
	}
	said := err.Error()
	for _, wrapping := range []string{"failed to create shim task: ", "OCI runtime create failed: ", "OCI runtime start failed: ", "failed to create containerd task: "} {
		said = strings.ReplaceAll(said, wrapping, "")
	}
	if _, text, ok := strings.Cut(said, "desc = "); ok && strings.HasPrefix(said, "rpc error: ") {
		said = text
	}
	return strings.TrimSuffix(strings.TrimSpace(said), ": unknown")
}

var errNoMetrics = fmt.Errorf("no metrics: %w", errdefs.ErrNotFound)
