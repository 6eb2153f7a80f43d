// Package registry asks image registries which images they have. A reference
// goes in and a digest comes out; nothing is fetched.
//
// Credentials are those that docker login has written for this user. Registries
// on this host are spoken to without TLS.
package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/raddeploy/raddeploy/core/problem"
)

// ErrNotFound means that the registry answers and has no such image, or shows
// it only after a login.
var ErrNotFound = errors.New("not found in its registry, or a login is required")

// Digest returns the digest, such as "sha256:…", that an image's registry has
// for it now.
func Digest(ctx context.Context, image string) (string, error) {
	reference, err := name.ParseReference(image)
	if err != nil {
		return "", fmt.Errorf("image %q is not a reference that registries know: %w", image, err)
	}
	found, err := remote.Head(reference, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain))
	var answered *transport.Error
	if errors.As(err, &answered) {
		switch answered.StatusCode {
		case http.StatusNotFound, http.StatusUnauthorized, http.StatusForbidden:
			return "", &problem.Error{Op: "image", Object: image, Cause: ErrNotFound, Advice: "check its name, or run docker login"}
		}
	}
	if err != nil {
		return "", &problem.Error{Op: "ask the registry of image", Object: image, Cause: err}
	}
	return found.Digest.String(), nil
}
