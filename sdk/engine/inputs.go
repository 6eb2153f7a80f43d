package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/sdk/mounting"
)

var errNoOptions = errors.New("the engine takes no options of overlays")

// openInputs has the container's user write to the files of its inputs, if that
// is not root, who can anyway: with overlays by their metadata. Where that is not
// possible the inputs are copied, and the container is asked for anew.
func (a *attempt) openInputs(ctx context.Context, r *Request) error {
	if r.Way < Plain {
		return nil
	}
	user, err := a.user(ctx)
	if err != nil || isRoot(user) {
		return err
	}
	for i := range r.Mounts {
		m := &r.Mounts[i]
		if m.Upper == "" {
			continue
		}
		err := errNoOptions
		if r.Way > Plain {
			err = mounting.Writable(m.Source, m.Upper)
		}
		if err != nil {
			a.Mu.Lock()
			a.copied = true
			a.Mu.Unlock()
			return fmt.Errorf("%w: the input at %s cannot be opened to user %s: %w", ErrMounts, m.Target, user, err)
		}
		m.Metacopy = true
	}
	return nil
}

// user is as whom the container runs: as the task says, or else its image.
func (a *attempt) user(ctx context.Context) (string, error) {
	if user := a.task.Container.User; user != "" {
		return user, nil
	}
	if engine, ok := a.e.engine.(ImageUser); ok {
		return engine.ImageUser(ctx, a.task.Container.Image)
	}
	return "", nil
}

// isRoot reports whether a user, with or without a group, is root.
func isRoot(user string) bool {
	name, _, _ := strings.Cut(user, ":")
	return name == "" || name == "root" || strings.Trim(name, "0") == ""
}
