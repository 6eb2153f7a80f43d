package engine

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

// puller has an engine fetch images, each once at a time however many ask for
// it, and remembers for a while which ones their registries did not give.
type puller struct {
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

func newPuller(engine Engine, s Settings) *puller {
	return &puller{engine: engine, patience: s.PullPatience, again: s.PullAgain, flights: map[string]*flight{}, rest: map[string]time.Time{}}
}

// rests tells whether the image's registry did not give it a short while ago.
func (p *puller) rests(image string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Before(p.rest[image])
}

// pull fetches an image, or joins those who are fetching it. It is given up
// when the last of them gives up.
func (p *puller) pull(ctx context.Context, image string, progress func(sdk.Progress)) error {
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

// stream fetches an image as pull does, and emits how far that is from the
// caller's own goroutine.
func (p *puller) stream(ctx context.Context, image string, emit func(sdk.Progress) error) error {
	ctx, cancel := context.WithCancel(ctx)
	updates := make(chan sdk.Progress, 1)
	result := make(chan error, 1)
	go func() {
		result <- p.pull(ctx, image, func(p sdk.Progress) {
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
func (p *puller) leave(image string, f *flight, me int) {
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
func (p *puller) fly(ctx context.Context, image string, f *flight) {
	defer close(f.done)
	var silent atomic.Bool
	silence := time.AfterFunc(p.patience, func() {
		if there, err := p.engine.HasImage(ctx, image); err == nil && there {
			silent.Store(true)
			f.cancel()
		}
	})
	defer silence.Stop()
	err := p.engine.Pull(ctx, image, func(now *sdk.Progress) {
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
	if f.err = err; err != nil && len(f.watchers) > 0 && sdk.KindOf(err) != sdk.Unavailable {
		p.rest[image] = time.Now().Add(p.again)
	}
}

// tell sends how far a flight is to everybody who waits.
func (p *puller) tell(f *flight, now sdk.Progress) {
	p.mu.Lock()
	watchers := slices.Collect(maps.Values(f.watchers))
	p.mu.Unlock()
	for _, progress := range watchers {
		progress(now)
	}
}

// registryAway tells whether a registry could not be asked, from what is said
// about it.
func registryAway(err error) bool {
	said := err.Error()
	for _, sign := range []string{"dial tcp", "no such host", "timeout", "Timeout", "connection refused", "EOF", "reset by peer", "did not answer"} {
		if strings.Contains(said, sign) {
			return true
		}
	}
	return false
}
