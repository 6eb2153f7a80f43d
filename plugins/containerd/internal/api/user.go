package api

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/containerd/containerd/v2/core/containers"
	"github.com/containerd/containerd/v2/pkg/oci"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// User is who a process is.
type User = specs.User

type userKey struct {
	chain digest.Digest
	user  string
}

// FindUser returns who a user such as "1000", "1000:100" or "nobody:staff" is
// in an image, with its further groups. The container's writable layer must be
// there, and untouched. "" is root.
func (e *Engine) FindUser(ctx context.Context, container string, image Image, user string) (User, error) {
	key := userKey{image.Chain, user}
	e.mu.Lock()
	known, ok := e.users[key]
	e.mu.Unlock()
	if ok {
		return known, nil
	}
	spec := &specs.Spec{Root: &specs.Root{Path: "rootfs"}, Process: &specs.Process{}, Linux: &specs.Linux{}}
	record := &containers.Container{ID: container, Snapshotter: e.place.Snapshotter, SnapshotKey: container}
	_, _, group := strings.Cut(user, ":")
	groupsOf := "root"
	if user != "" {
		if err := oci.WithUser(user)(e.in(ctx), e.client, record, spec); err != nil {
			return User{}, fmt.Errorf("look for user %q in image %s: %w", user, image.Name, err)
		}
		groupsOf = strconv.FormatUint(uint64(spec.Process.User.UID), 10)
	}
	if group { // it is the only one then, as with Docker
		return e.keepUser(key, spec.Process.User), nil
	}
	if err := oci.WithAdditionalGIDs(groupsOf)(e.in(ctx), e.client, record, spec); err != nil {
		return User{}, fmt.Errorf("look for the groups of user %q in image %s: %w", user, image.Name, err)
	}
	return e.keepUser(key, spec.Process.User), nil
}

func (e *Engine) keepUser(key userKey, user User) User {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.users[key] = user
	return user
}
