package rehearse

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/registry"
	"github.com/raddeploy/raddeploy/sdk"
)

// imageUse is where the flows name an image, and which executors would use it.
type imageUse struct {
	places []lang.Range
	users  []imageFinder
}

// imageFinder is an executor that is asked for images; fleet.Executor is one.
type imageFinder interface {
	Instance() string
	HasImage(ctx context.Context, image string) (bool, error)
}

// use records that a model's image is used.
func (o *online) use(l *flowfile.Loaded, index int, users []imageFinder) {
	image := l.Flow.Models[index].Container.Image
	use := o.images[image]
	if use == nil {
		use = new(imageUse)
		o.images[image] = use
	}
	use.places = append(use.places, l.Locate("models", strconv.Itoa(index), "image"))
	for _, e := range users {
		if !slices.Contains(use.users, e) {
			use.users = append(use.users, e)
		}
	}
}

// notUsed tells whether an executor has said that it takes a model and does not use its
// image.
func notUsed(found sdk.Diagnostics) bool {
	return slices.ContainsFunc(found, func(d sdk.Diagnostic) bool { return d.Warning && slices.Equal(d.Path, []string{"image"}) })
}

// findImages looks for each image once, however many models name it.
func (o *online) findImages(ctx context.Context) {
	var asked errgroup.Group
	asked.SetLimit(8)
	for image, use := range o.images {
		asked.Go(func() error { o.image(ctx, image, use); return nil })
	}
	_ = asked.Wait()
}

// image asks the executors that would use an image, and its registry if one of them does
// not have it or cannot tell. An image that its registry does not give may still come to
// where it is used, and so is only a warning.
func (o *online) image(ctx context.Context, image string, use *imageUse) {
	var have, lack, unknown []string
	for _, e := range use.users {
		switch there, err := hasImage(ctx, e, image); {
		case err != nil:
			unknown = append(unknown, e.Instance())
		case there:
			have = append(have, e.Instance())
		default:
			lack = append(lack, e.Instance())
		}
	}
	if len(have) > 0 && len(lack)+len(unknown) == 0 {
		o.fact("image %s: executor %s has it", image, strings.Join(have, ", "))
		return
	}
	ctx, stop := context.WithTimeout(ctx, onlineTimeout)
	defer stop()
	digest, err := registry.Digest(ctx, image)
	if err == nil {
		o.fact("image %s: %s", image, digest)
		return
	}
	hint := "tasks that use it fail unless their executor has a copy already"
	switch {
	case len(lack) > 0:
		hint = "tasks that use it fail on executor " + strings.Join(lack, ", ") + ", which has no copy"
	case len(have) > 0:
		hint += ", as " + strings.Join(have, ", ") + " has"
	}
	if advice := problem.Advice(err); advice != "" {
		hint = advice + "; " + hint
	}
	o.say(lang.Warning, use.places, hint, "%s", problem.Reason(err))
}

// hasImage asks an executor for an image. An error means that it is unknown.
func hasImage(ctx context.Context, e imageFinder, image string) (bool, error) {
	ctx, stop := context.WithTimeout(ctx, onlineTimeout)
	defer stop()
	return e.HasImage(ctx, image)
}
