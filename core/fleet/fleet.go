package fleet

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/inventory"
	"github.com/raddeploy/raddeploy/core/run"
)

// Store is what the fleet needs of the state database.
type Store interface {
	// AttemptsIn returns the attempts in one of these states.
	AttemptsIn(ctx context.Context, states ...run.AttemptState) ([]run.Attempt, error)
	// Drained returns the executors that get no new task, by their names.
	Drained(ctx context.Context) (map[string]run.Drained, error)
}

// Fleet is the executors of a site. It is made by [New]; its methods may be
// called from many goroutines.
type Fleet struct {
	host      Host
	executors []*Executor
	inventory *inventory.Inventory
	store     Store
	changed   func()
	logger    hclog.Logger
	drained   atomic.Pointer[map[string]run.Drained]

	mu     sync.Mutex
	absent map[string]*Executor
}

// New opens the executors of a site's blocks. Changed is called whenever what an
// executor has, or how it is, may have changed.
func New(host Host, blocks []config.Executor, inventory *inventory.Inventory, store Store, changed func()) (*Fleet, error) {
	f := &Fleet{host: host, inventory: inventory, store: store, changed: changed, logger: host.Logger, absent: make(map[string]*Executor)}
	for _, c := range blocks {
		e, err := host.Open(c)
		if err != nil {
			return nil, err
		}
		inventory.Allow(e.Instance(), c.GPUs)
		f.executors = append(f.executors, e)
	}
	return f, nil
}

// Launch runs the executors' plugins until ctx ends, and launches again those
// that end by themselves.
func (f *Fleet) Launch(ctx context.Context) error {
	var plugins errgroup.Group
	for _, e := range f.executors {
		plugins.Go(func() error { return e.Run(ctx) })
	}
	return plugins.Wait()
}

// Run watches the executors and reconciles their leftovers until ctx ends.
func (f *Fleet) Run(ctx context.Context) error {
	var loops errgroup.Group
	for _, e := range f.executors {
		loops.Go(func() error { return f.watch(ctx, e) })
		loops.Go(func() error { return f.reconcile(ctx, e) })
	}
	return loops.Wait()
}

// watch reports how an executor is, whenever that changes.
func (f *Fleet) watch(ctx context.Context, e *Executor) error {
	var shown string
	for {
		changed := e.Changed()
		if now := string(e.Health()) + ": " + e.Message(); now != shown && e.Health() != Starting {
			shown = now
			said := []any{"executor", e.Instance(), "state", e.Health(), "backend", e.Fingerprint().Backend}
			if e.Err() == nil { // why a plugin is away, its supervision has logged
				said = append(said, "message", e.Message())
			}
			f.logger.Info("executor", said...)
		}
		f.changed()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// Executors are those of the site, in its order.
func (f *Fleet) Executors() []*Executor { return f.executors }

// Executor returns an instance by name. One that the site no longer has is one
// that is away for ever.
func (f *Fleet) Executor(instance string) *Executor {
	if i := f.index(instance); i >= 0 {
		return f.executors[i]
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.absent[instance] == nil {
		f.absent[instance] = f.host.absent(instance)
	}
	return f.absent[instance]
}

// Names are the names of the site's executors, in its order.
func (f *Fleet) Names() []string {
	names := make([]string, len(f.executors))
	for i, e := range f.executors {
		names[i] = e.Instance()
	}
	return names
}

// Configured reports whether the site has an executor instance.
func (f *Fleet) Configured(instance string) bool { return f.index(instance) >= 0 }

func (f *Fleet) index(instance string) int {
	return slices.IndexFunc(f.executors, func(e *Executor) bool { return e.Instance() == instance })
}
