package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/sdk"
)

var (
	errNotAsked = errors.New("nobody asked to fetch the image")
	errNotAgain = errors.New("its registry did not give it a short while ago")
)

// fetch fetches the attempt's image. Needed tells that there is no way around
// it; otherwise a registry that is silent, or refused a short while ago, is not
// waited for if the image is there.
func (a *attempt) fetch(ctx context.Context, needed bool) error {
	image := a.task.Container.Image
	if !needed && pinned(image) {
		return errNotAsked
	}
	if !needed && a.e.pulls.rests(image) {
		return errNotAgain
	}
	a.Update(func() { a.State = max(a.State, sdk.Pulling); a.AcceptLocked() })
	err := a.e.pulls.pull(ctx, image, func(p sdk.Progress) { a.Update(func() { a.Progress = &p }) })
	a.AdvanceTo(sdk.Starting)
	return err
}

// pinned tells whether a name can mean one image only.
func pinned(image string) bool {
	return strings.Contains(image, "@sha256:") || strings.HasPrefix(image, "sha256:")
}

// noImage is the end of an attempt whose image is not there and did not come.
func (a *attempt) noImage(fetched error) *sdk.Exit {
	if fetched == nil {
		fetched = errors.New("somebody removed it again")
	}
	said, advice := fetched.Error(), a.e.settings.Advice
	if foreign(said) {
		return a.failed(sdk.ImageUnavailable, fmt.Sprintf("the image %s is for other machines: take one of the architecture of %s (%s)", a.task.Container.Image, a.e.node(), said))
	}
	todo := "check the image's name and tag"
	switch {
	case sdk.KindOf(fetched) == sdk.Unavailable, registryAway(fetched):
		todo = "check that the registry can be reached from the host of " + a.e.name
		if advice.Load != "" {
			todo += ", or load the image there with " + advice.Load
		}
	case refused(said):
		todo = "check the name; if the registry asks for credentials, " + cmp.Or(advice.Login, "log in to it")
	case strings.Contains(said, "no space left"):
		todo = "make room on the disk of " + a.e.name
		if advice.Room != "" {
			todo += ", for example with " + advice.Room
		}
	}
	return a.failed(sdk.ImageUnavailable, fmt.Sprintf("the image %s is not there and could not be fetched: %s: %s", a.task.Container.Image, said, todo))
}

// foreign tells whether a registry has an image for other machines alone, from what
// docker, containerd or podman says about it.
func foreign(said string) bool {
	said = strings.ToLower(said)
	return strings.Contains(said, "no matching manifest") || strings.Contains(said, "no match for platform") || strings.Contains(said, "no image found in manifest list for architecture")
}

// refused tells whether a registry asks for other credentials, from what is said
// about it.
func refused(said string) bool {
	said = strings.ToLower(said)
	for _, sign := range []string{"denied", "unauthorized", "authentication", "authorization", "forbidden"} {
		if strings.Contains(said, sign) {
			return true
		}
	}
	return false
}

// Prefetch implements [sdk.Prefetcher].
func (e *Executor) Prefetch(ctx context.Context, image string, emit func(sdk.Progress) error) error {
	if err := e.configured(); err != nil {
		return err
	}
	err := e.pulls.stream(ctx, image, emit)
	if err != nil && registryAway(err) {
		return sdk.Errorf(sdk.Unavailable, "fetch %s: %w", image, err)
	}
	return asError(err, "fetch "+image)
}

// HasImage implements [sdk.ImageFinder].
func (e *Executor) HasImage(ctx context.Context, image string) (bool, error) {
	if err := e.configured(); err != nil {
		return false, err
	}
	there, err := e.engine.HasImage(ctx, image)
	return there, asError(err, "look for image "+image)
}
