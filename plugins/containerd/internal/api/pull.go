package api

import (
	"context"
	"sync"
	"time"

	"github.com/containerd/containerd/v2/client"
	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/core/remotes"
	"github.com/containerd/containerd/v2/core/remotes/docker"
	"github.com/containerd/errdefs"
	"github.com/containerd/platforms"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Fetched is how far the fetching of an image is. The first word of it comes
// when the registry has answered.
type Fetched struct{ Done, Total int64 } // bytes, over all layers that are known so far

const tellEvery = 200 * time.Millisecond

func (e *Engine) platform() platforms.MatchComparer { return platforms.Default() }

// Pull fetches an image of a full name, and unpacks it.
func (e *Engine) Pull(ctx context.Context, name string, hosts docker.RegistryHosts, tell func(Fetched)) error {
	counting := &counter{engine: e, parts: map[digest.Digest]part{}}
	handler := images.HandlerFunc(func(_ context.Context, desc ocispec.Descriptor) ([]ocispec.Descriptor, error) {
		if counting.add(desc) {
			tell(counting.sum())
		}
		return nil, nil
	})
	ctx, cancel := context.WithCancel(ctx)
	var telling sync.WaitGroup
	defer telling.Wait()
	defer cancel()
	telling.Go(func() { counting.watch(ctx, tell) })
	_, err := e.client.Pull(e.in(ctx), name, client.WithPullUnpack, client.WithPullSnapshotter(e.place.Snapshotter),
		client.WithPlatformMatcher(e.platform()), client.WithResolver(docker.NewResolver(docker.ResolverOptions{Hosts: hosts})),
		client.WithImageHandler(handler))
	return err
}

// counter sums up what of an image is there.
type counter struct {
	engine *Engine
	mu     sync.Mutex
	parts  map[digest.Digest]part
}

type part struct {
	desc ocispec.Descriptor
	done int64
}

// add takes a part into the sum and tells whether it is the first one.
func (c *counter) add(desc ocispec.Descriptor) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.parts[desc.Digest]; !known {
		c.parts[desc.Digest] = part{desc: desc}
	}
	return len(c.parts) == 1
}

func (c *counter) sum() Fetched {
	c.mu.Lock()
	defer c.mu.Unlock()
	var f Fetched
	for _, p := range c.parts {
		f.Done += p.done
		f.Total += p.desc.Size
	}
	return f
}

// watch asks containerd from time to time what has arrived, and tells when it
// has become more.
func (c *counter) watch(ctx context.Context, tell func(Fetched)) {
	ticks := time.NewTicker(tellEvery)
	defer ticks.Stop()
	var told Fetched
	for {
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return
		}
		c.look(ctx)
		if now := c.sum(); now != told && ctx.Err() == nil {
			told = now
			tell(now)
		}
	}
}

func (c *counter) look(ctx context.Context) {
	c.mu.Lock()
	var open []part
	for _, p := range c.parts {
		if p.done < p.desc.Size {
			open = append(open, p)
		}
	}
	c.mu.Unlock()
	store := c.engine.client.ContentStore()
	for _, p := range open {
		if status, err := store.Status(ctx, remotes.MakeRefKey(ctx, p.desc)); err == nil {
			p.done = status.Offset
		} else if _, there := store.Info(ctx, p.desc.Digest); there == nil && errdefs.IsNotFound(native(err)) {
			p.done = p.desc.Size
		}
		c.mu.Lock()
		c.parts[p.desc.Digest] = p
		c.mu.Unlock()
	}
}
