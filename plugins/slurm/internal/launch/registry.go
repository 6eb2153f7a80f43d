package launch

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/raddeploy/raddeploy/plugins/internal/logins"
	"github.com/raddeploy/raddeploy/sdk"
)

// answerWithin is how long a registry may take to say what a reference means.
const answerWithin = 30 * time.Second

// registry finds out what images are.
type registry struct {
	cache, nodeCache string
	logins           logins.Logins
	insecure         []string
}

func newRegistry(c Config) registry {
	return registry{c.Cache, c.NodeCache, logins.Open(c.Logins), c.Insecure}
}

// resolved is what a reference means.
type resolved struct {
	Reference string      `json:"reference"` // the repository with its registry
	Digest    string      `json:"digest"`
	Config    ImageConfig `json:"config"`
}

// resolve asks the registry what the reference of a container means at present,
// or falls back on what it meant before.
func (r *registry) resolve(ctx context.Context, c *Container) (resolved, string, error) {
	note := filepath.Join(r.cache, "references", url.QueryEscape(c.Image)+".json")
	var before resolved
	if text, err := os.ReadFile(note); err == nil {
		_ = json.Unmarshal(text, &before)
	}
	if before.Digest != "" && c.Pull == sdk.PullMissing {
		return before, "", nil
	}
	asking, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	now, err := r.ask(asking, c.Image)
	switch {
	case err == nil:
		remember(note, now)
		return now, "", nil
	case ctx.Err() != nil:
		return resolved{}, "", ctx.Err()
	case before.Digest != "":
		return before, fmt.Sprintf("image %s: its registry did not give it (%v): the copy of before is used", c.Image, err), nil
	}
	return resolved{}, "", fmt.Errorf("image %s: %w", c.Image, err)
}

// ask asks the registry what a reference means.
func (r *registry) ask(ctx context.Context, reference string) (resolved, error) {
	image, err := r.image(ctx, reference)
	if err != nil {
		return resolved{}, err
	}
	digest, err := image.Digest()
	if err != nil {
		return resolved{}, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return resolved{}, err
	}
	parsed, err := r.parse(reference)
	if err != nil {
		return resolved{}, err
	}
	return resolved{parsed.Context().Name(), digest.String(), ImageConfig{
		Env: config.Config.Env, Entrypoint: config.Config.Entrypoint, Command: config.Config.Cmd,
		User: config.Config.User, WorkingDir: config.Config.WorkingDir,
	}}, nil
}

// image opens an image of the nodes' kind, whose layers are fetched when they
// are read.
func (r *registry) image(ctx context.Context, reference string) (v1.Image, error) {
	parsed, err := r.parse(reference)
	if err != nil {
		return nil, err
	}
	image, err := remote.Image(parsed, remote.WithContext(ctx), remote.WithAuthFromKeychain(r), remote.WithTransport(secure{r.insecure}),
		remote.WithPlatform(v1.Platform{OS: "linux", Architecture: runtime.GOARCH}))
	if err != nil && strings.Contains(err.Error(), "no child with platform") {
		return nil, fmt.Errorf("it is for other machines: take one for %s (%w)", runtime.GOARCH, err)
	}
	return image, err
}

// secure asks registries by TLS only, but for this host's own and those of
// which the site says otherwise. The library takes private addresses for
// insecure too, and would send them credentials in the clear.
type secure struct{ insecure []string }

// RoundTrip is http.RoundTripper's.
func (s secure) RoundTrip(request *http.Request) (*http.Response, error) {
	host := request.URL.Host
	if own := net.ParseIP(request.URL.Hostname()); request.URL.Scheme != "https" && !slices.Contains(s.insecure, host) && !own.IsLoopback() && request.URL.Hostname() != "localhost" {
		return nil, fmt.Errorf("%s does not answer by TLS: name it in insecure_registries if that is meant", host)
	}
	return remote.DefaultTransport.RoundTrip(request)
}

func (r *registry) parse(reference string) (name.Reference, error) {
	parsed, err := name.ParseReference(reference)
	if err == nil && slices.Contains(r.insecure, parsed.Context().RegistryStr()) {
		return name.ParseReference(reference, name.Insecure)
	}
	return parsed, err
}

// Resolve is authn.Keychain: the credentials for a registry.
func (r *registry) Resolve(from authn.Resource) (authn.Authenticator, error) {
	host := from.RegistryStr()
	if host == name.DefaultRegistry {
		host = logins.DockerHub
	}
	found := r.logins.Find(host)
	return authn.FromConfig(authn.AuthConfig{Username: found.Username, Password: found.Password, IdentityToken: found.Token}), nil
}

// Fetch finds out the image's digest and configuration, for the launchers that
// fetch on the node.
func (r *registry) Fetch(ctx context.Context, c *Container, _ func(sdk.Progress)) (Fetched, string, error) {
	if c.local() {
		return Fetched{}, "", nil
	}
	known, warning, err := r.resolve(ctx, c)
	if err != nil {
		return Fetched{}, "", err
	}
	r.markDigest(known.Digest)
	return Fetched{Digest: known.Digest, Config: known.Config, repository: known.Reference}, warning, nil
}
