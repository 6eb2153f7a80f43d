// Package api is the way to one containerd: images, containers and tasks of
// one namespace, in the few words that the executor needs.
//
// It speaks the services that containerd has had since 1.6, and no newer ones:
// images are fetched by this process, not by containerd's transfer service. It
// must not decide anything about attempts.
package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/containerd/containerd/v2/client"
	"github.com/containerd/containerd/v2/pkg/identifiers"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/opencontainers/go-digest"
	"google.golang.org/grpc"
)

// Place says where a containerd is, and what of it is used.
type Place struct {
	Socket      string // its path
	Namespace   string
	Snapshotter string // "": containerd's own choice
	Runtime     string // such as "io.containerd.runc.v2"
}

// Engine is one containerd. It connects when it is first used, and again
// whenever containerd comes back.
type Engine struct {
	place  Place
	client *client.Client

	mu     sync.Mutex
	images map[digest.Digest]Image // what never changes of an image, by the digest of its target
	users  map[userKey]User
}

// New returns the way to a containerd, which need not be there yet.
func New(place Place) (*Engine, error) {
	if err := identifiers.Validate(place.Namespace); err != nil {
		return nil, fmt.Errorf("namespace: %w", err)
	}
	if place.Snapshotter == "" {
		place.Snapshotter = "overlayfs"
	}
	dial := func(ctx context.Context, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", place.Socket)
	}
	way, err := client.New(place.Socket, client.WithTimeout(2*time.Second), client.WithDefaultNamespace(place.Namespace),
		client.WithExtraDialOpts([]grpc.DialOption{grpc.WithContextDialer(dial)}))
	if err != nil {
		return nil, err
	}
	return &Engine{place: place, client: way, images: map[digest.Digest]Image{}, users: map[userKey]User{}}, nil
}

// Close ends the connection.
func (e *Engine) Close() error { return e.client.Close() }

// Place tells where the containerd is.
func (e *Engine) Place() Place { return e.place }

// in names the namespace for what reads it from a context.
func (e *Engine) in(ctx context.Context) context.Context {
	return namespaces.WithNamespace(ctx, e.place.Namespace)
}

// Ping returns containerd's version once it answers.
func (e *Engine) Ping(ctx context.Context) (version string, err error) {
	v, err := e.client.Version(ctx)
	if err != nil {
		return "", err
	}
	version, _, _ = strings.Cut(strings.TrimPrefix(v.Version, "v"), "~")
	return version, nil
}

// Plugins are the parts of containerd that work, such as
// "io.containerd.snapshotter.v1.overlayfs".
type Plugins []string

// Has tells whether there is a part of a kind such as
// "io.containerd.transfer.v1", or one part of its full name.
func (p Plugins) Has(name string) bool {
	return slices.ContainsFunc(p, func(one string) bool { return one == name || strings.HasPrefix(one, name+".") })
}

// Plugins asks which parts containerd has.
func (e *Engine) Plugins(ctx context.Context) (Plugins, error) {
	answer, err := e.client.IntrospectionService().Plugins(ctx)
	if err != nil {
		return nil, err
	}
	var out Plugins
	for _, p := range answer.GetPlugins() {
		if p.GetInitErr() == nil {
			out = append(out, p.GetType()+"."+p.GetID())
		}
	}
	slices.Sort(out)
	return out, nil
}

// each joins the errors of steps that are all tried.
func each(steps ...func() error) error {
	var all []error
	for _, step := range steps {
		all = append(all, step())
	}
	return errors.Join(all...)
}
