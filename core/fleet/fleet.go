package fleet

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/internal/wake"
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
	inventory *inventory.Inventory
	store     Store
	changed   func()
	logger    hclog.Logger
	drained   atomic.Pointer[map[string]run.Drained]
	members   wake.Broadcast // executors has changed

	mu        sync.Mutex
	executors []*Executor // replaced as a whole, never changed
	absent    map[string]*Executor
	left      map[string]config.Executor // the last blocks of those that have left
}

// New opens the executors of a site's blocks. Changed is called whenever what an
// executor has, or how it is, may have changed.
func New(host Host, blocks []config.Executor, inventory *inventory.Inventory, store Store, changed func()) (*Fleet, error) {
	f := &Fleet{host: host, inventory: inventory, store: store, changed: changed, logger: host.Logger,
		absent: make(map[string]*Executor), left: make(map[string]config.Executor)}
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
	return f.each(ctx, func(ctx context.Context, e *Executor) error { return e.Run(ctx) })
}

// Run watches the executors, reconciles their leftovers, and has those leave that
// the site no longer has, until ctx ends.
func (f *Fleet) Run(ctx context.Context) error {
	return f.each(ctx, func(ctx context.Context, e *Executor) error {
		var loops errgroup.Group
		loops.Go(func() error { return f.watch(ctx, e) })
		loops.Go(func() error { return f.reconcile(ctx, e) })
		loops.Go(func() error { return f.seeOff(ctx, e) })
		return loops.Wait()
	})
}

// each does something for each executor, also for those that come later, until
// ctx ends. The context of do ends when its executor has left, too.
func (f *Fleet) each(ctx context.Context, do func(context.Context, *Executor) error) error {
	var group errgroup.Group
	begun := make(map[*Executor]bool)
	for {
		changed := f.members.Changed()
		for _, e := range f.Executors() {
			if begun[e] {
				continue
			}
			begun[e] = true
			group.Go(func() error {
				ctx, stop := e.until(ctx)
				defer stop()
				return do(ctx, e)
			})
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return group.Wait()
		}
	}
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

// Executors are those of the site, in its order, and behind them those that it
// no longer has and that end their tasks.
func (f *Fleet) Executors() []*Executor {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.executors
}

// Executor returns an instance by name. One that the site no longer has is one
// that is away for ever.
func (f *Fleet) Executor(instance string) *Executor {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e := f.named(instance); e != nil {
		return e
	}
	if f.absent[instance] == nil {
		f.absent[instance] = f.host.absent(instance)
	}
	return f.absent[instance]
}

// Names are the names of the site's executors, in its order.
func (f *Fleet) Names() []string {
	var names []string
	for _, e := range f.Executors() {
		names = append(names, e.Instance())
	}
	return names
}

// Configured reports whether the site has an executor instance, or has had it and
// lets it end its tasks.
func (f *Fleet) Configured(instance string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.named(instance) != nil
}

// named is called with f locked; nil: there is none.
func (f *Fleet) named(instance string) *Executor {
	i := slices.IndexFunc(f.executors, func(e *Executor) bool { return e.Instance() == instance })
	if i < 0 {
		return nil
	}
	return f.executors[i]
}
