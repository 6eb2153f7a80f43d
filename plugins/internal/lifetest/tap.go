package lifetest

import (
	"context"
	"io"
	"sync"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// Tap is an engine whose calls a test may break off.
type Tap struct {
	engine.Engine

	mu     sync.Mutex
	create func(context.Context, *engine.Request) (engine.Container, error)
	away   bool // Start finds the engine away
}

var errAway = sdk.Errorf(sdk.Unavailable, "the test has the engine not answer")

// keepFromStarting has no container be started any more, as if the engine went
// away.
func (t *Tap) keepFromStarting(away bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.away = away
}

// Create implements [engine.Engine].
func (t *Tap) Create(ctx context.Context, r *engine.Request) (engine.Container, error) {
	t.mu.Lock()
	create := t.create
	t.mu.Unlock()
	if create != nil {
		return create(ctx, r)
	}
	return t.Engine.Create(ctx, r)
}

// Start implements [engine.Engine].
func (t *Tap) Start(ctx context.Context, c engine.Container) error {
	t.mu.Lock()
	away := t.away
	t.mu.Unlock()
	if away {
		return errAway
	}
	return t.Engine.Start(ctx, c)
}

// Way implements [engine.Mounter].
func (t *Tap) Way(ctx context.Context, task *sdk.Task) engine.Way {
	if real, ok := t.Engine.(engine.Mounter); ok {
		return real.Way(ctx, task)
	}
	return engine.Copied
}

// ImageUser implements [engine.ImageUser].
func (t *Tap) ImageUser(ctx context.Context, image string) (string, error) {
	if real, ok := t.Engine.(engine.ImageUser); ok {
		return real.ImageUser(ctx, image)
	}
	return "", nil
}

// Prepare implements [engine.Preparer].
func (t *Tap) Prepare(ctx context.Context, c engine.Container) error {
	if real, ok := t.Engine.(engine.Preparer); ok {
		return real.Prepare(ctx, c)
	}
	return nil
}

// Settle implements [engine.Settler].
func (t *Tap) Settle(ctx context.Context, c engine.Container, warn func(string)) error {
	if real, ok := t.Engine.(engine.Settler); ok {
		return real.Settle(ctx, c, warn)
	}
	return nil
}

// Close implements [io.Closer].
func (t *Tap) Close() error {
	if real, ok := t.Engine.(io.Closer); ok {
		return real.Close()
	}
	return nil
}
