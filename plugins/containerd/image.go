package containerd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
	"github.com/raddeploy/raddeploy/plugins/internal/pulls"
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
	image := a.image
	if !needed && (pinned(image) || a.e.pulls.Rests(image)) {
		if pinned(image) {
			return errNotAsked
		}
		return errNotAgain
	}
	if _, err := a.e.engine.Ping(ctx); err != nil { // a containerd that is away takes nothing on
		return err
	}
	a.Update(func() { a.State = max(a.State, sdk.Pulling); a.AcceptLocked() })
	err := a.e.pulls.Pull(ctx, image, func(p sdk.Progress) { a.Update(func() { a.Progress = &p }) })
	a.AdvanceTo(sdk.Starting)
	return err
}

// pinned tells whether a name can mean one image only.
func pinned(image string) bool {
	return strings.Contains(image, "@sha256:")
}

func (a *attempt) noImage(fetched error) *sdk.Exit {
	image := a.task.Container.Image
	if fetched == nil {
		fetched = errors.New("somebody removed it again")
	}
	said := engine.Message(fetched)
	todo := "check the image's name and tag"
	switch {
	case engine.IsUnreachable(fetched), pulls.RegistryAway(fetched):
		todo = "check that the registry can be reached from this host, or load the image with ctr -n " + a.e.config.Namespace + " images import"
	case refused(said):
		todo = "check the name; if the registry asks for credentials, set them with docker login as the agent's user or set registry_config"
	case strings.Contains(said, "no space left"):
		todo = "make room on containerd's disk, for example with ctr images rm"
	}
	return a.failed(sdk.ImageUnavailable, fmt.Sprintf("the image %s is not there and could not be fetched: %s: %s", image, said, todo))
}

// refused tells whether a registry asks for other credentials, from what is
// said about it.
func refused(said string) bool {
	said = strings.ToLower(said)
	for _, sign := range []string{"denied", "unauthorized", "authentication", "authorization", "forbidden"} {
		if strings.Contains(said, sign) {
			return true
		}
	}
	return false
}
