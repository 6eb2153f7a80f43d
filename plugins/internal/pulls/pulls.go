// Package pulls has an engine fetch images, each once at a time however many
// ask for it, and remembers for a while which ones their registries did not
// give. How an engine fetches comes in as an [Engine]; progress and errors come
// out.
package pulls

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Engine fetches images.
type Engine interface {
	// HasImage tells whether an image is there already.
	HasImage(ctx context.Context, image string) (bool, error)
	// Fetch fetches an image, and tells of every sign of its registry: the
	// first one comes when that has answered. A sign is nil if it says nothing
	// of how far the fetching is.
	Fetch(ctx context.Context, image string, sign func(*sdk.Progress)) error
	// Away tells whether an error means that the engine itself does not answer.
	Away(err error) bool
}

// Puller fetches images for many.
type Puller struct {
	engine   Engine
	patience time.Duration
	again    time.Duration

	mu      sync.Mutex
	flights map[string]*flight
	rest    map[string]time.Time
}

// flight is one fetching that several may wait for.
type flight struct {
	cancel   context.CancelFunc
	done     chan struct{}
	err      error
	watchers map[int]func(sdk.Progress)
	joined   int
}

// New returns a puller. Patience is how long a silent registry is waited for
// when the image is already there, again how long an image that is there is not
// asked for after its registry refused it.
func New(engine Engine, patience, again time.Duration) *Puller {
	return &Puller{engine: engine, patience: patience, again: again, flights: map[string]*flight{}, rest: map[string]time.Time{}}
}

// Rests tells whether the image's registry did not give it a short while ago.
func (p *Puller) Rests(image string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Before(p.rest[image])
}

// Pull fetches an image, or joins those who are fetching it. It is given up
// when the last of them gives up.
func (p *Puller) Pull(ctx context.Context, image string, progress func(sdk.Progress)) error {
	p.mu.Lock()
	f, flying := p.flights[image]
	if !flying {
		var flightCtx context.Context
		f = &flight{done: make(chan struct{}), watchers: map[int]func(sdk.Progress){}}
		flightCtx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
		p.flights[image] = f
		go p.fly(flightCtx, image, f)
	}
	me := f.joined
	f.joined++
	f.watchers[me] = progress
	p.mu.Unlock()
	defer p.leave(image, f, me)
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Stream fetches an image as Pull does, and emits how far that is from the
// caller's own goroutine.
func (p *Puller) Stream(ctx context.Context, image string, emit func(sdk.Progress) error) error {
	ctx, cancel := context.WithCancel(ctx)
	updates := make(chan sdk.Progress, 1)
	result := make(chan error, 1)
	go func() {
		result <- p.Pull(ctx, image, func(p sdk.Progress) {
			select {
			case updates <- p:
			default: // the next one tells more
			}
		})
	}()
	defer func() {
		cancel()
		<-result
	}()
	for {
		select {
		case p := <-updates:
			if err := emit(p); err != nil {
				return err
			}
		case err := <-result:
			result <- err
			return err
		}
	}
}

// leave takes one away from those who wait for a flight. The last one ends it
// and waits for its end.
func (p *Puller) leave(image string, f *flight, me int) {
	p.mu.Lock()
	delete(f.watchers, me)
	last := len(f.watchers) == 0
	if last && p.flights[image] == f {
		delete(p.flights, image)
	}
	p.mu.Unlock()
	if last {
		f.cancel()
		<-f.done
	}
}

// fly fetches one image.
func (p *Puller) fly(ctx context.Context, image string, f *flight) {
	defer close(f.done)
	var silent atomic.Bool
	silence := time.AfterFunc(p.patience, func() {
		if there, err := p.engine.HasImage(ctx, image); err == nil && there {
			silent.Store(true)
			f.cancel()
		}
	})
	defer silence.Stop()
	err := p.engine.Fetch(ctx, image, func(now *sdk.Progress) {
		silence.Stop()
		if now != nil {
			p.tell(f, *now)
		}
	})
	if err != nil && silent.Load() {
		err = fmt.Errorf("its registry did not answer within %v", p.patience)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.flights[image] == f {
		delete(p.flights, image)
	}
	delete(p.rest, image)
	if f.err = err; err != nil && len(f.watchers) > 0 && !p.engine.Away(err) {
		p.rest[image] = time.Now().Add(p.again)
	}
}

// tell sends how far a flight is to everybody who waits.
func (p *Puller) tell(f *flight, now sdk.Progress) {
	p.mu.Lock()
	watchers := slices.Collect(maps.Values(f.watchers))
	p.mu.Unlock()
	for _, progress := range watchers {
		progress(now)
	}
}

// RegistryAway tells whether a registry could not be asked, from what is said
// about it.
func RegistryAway(err error) bool {
	said := err.Error()
	for _, sign := range []string{"dial tcp", "no such host", "timeout", "Timeout", "connection refused", "EOF", "reset by peer", "did not answer"} {
		if strings.Contains(said, sign) {
			return true
		}
	}
	return false
}
