package fleet

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/inventory"
	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
	"github.com/raddeploy/raddeploy/sdk"
)

// Executor is one executor instance of the site.
type Executor struct {
	*plugin.Executor

	block   atomic.Pointer[config.Executor] // of the site
	leaving atomic.Bool                     // the site no longer has it: it ends its tasks
	life    context.Context                 // ends when it has left
	end     context.CancelFunc

	told       atomic.Pointer[sdk.Fingerprint] // the last one that was healthy
	reconciled atomic.Bool                     // its leftovers were removed once
	leftovers  atomic.Pointer[string]          // why they could not be, for the operator
	breaker    breaker
}

// newExecutor makes an executor of a block and its spec.
func newExecutor(c config.Executor, spec plugin.Spec, logger hclog.Logger) *Executor {
	e := &Executor{Executor: plugin.New(spec, logger)}
	e.block.Store(&c)
	e.life, e.end = context.WithCancel(context.Background())
	return e
}

// Config is the site's block of the executor.
func (e *Executor) Config() config.Executor { return *e.block.Load() }

// SetGiveUpAfter changes how long a task is tried that infrastructure failed here,
// before the fleet runs.
func (e *Executor) SetGiveUpAfter(limit time.Duration) {
	c := e.Config()
	c.GiveUpAfter = limit
	e.block.Store(&c)
}

// until returns ctx, which also ends when the executor has left.
func (e *Executor) until(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(ctx)
	context.AfterFunc(e.life, stop)
	return ctx, stop
}

// Described waits until the executor's plugin has said what it is: before that,
// no task can be put to it.
func (e *Executor) Described(ctx context.Context) error {
	for {
		changed := e.Changed()
		if _, ok := e.Description(); ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Up reports whether the executor can be called now and its backend works.
func (e *Executor) Up() bool {
	return e.Err() == nil && e.Fingerprint().Health == sdk.Healthy
}

// Message says what the backend is, or why it is not up.
func (e *Executor) Message() string {
	if e.leaving.Load() {
		return "the site no longer has it: it ends its tasks and takes no others"
	}
	if err := e.Err(); err != nil {
		return err.Error()
	}
	f := e.Fingerprint()
	if text := e.breaker.message(); text != "" && f.Health == sdk.Healthy {
		return text
	}
	return f.Message
}

// Health is how the executor is, in one word.
type Health string

// How an executor can be.
const (
	Healthy    Health = "healthy"
	Unhealthy  Health = "unhealthy"
	Undetected Health = "undetected" // there is no backend
	Starting   Health = "starting"   // it has not said anything yet
	Draining   Health = "draining"   // it is healthy, ends its tasks and takes no others
)

// Health returns how the executor is.
func (e *Executor) Health() Health {
	switch f := e.Fingerprint(); {
	case f.Health == sdk.Healthy && e.breaker.message() != "":
		return Unhealthy // it answers, and cannot start tasks
	case f.Health == sdk.Healthy && e.leaving.Load():
		return Draining
	case f.Health == sdk.Healthy:
		return Healthy
	case f.Health == sdk.Undetected:
		return Undetected
	case f.Backend == "" && (e.Err() == nil || e.Generation() == 0):
		return Starting
	}
	return Unhealthy
}

// CPUs is how many tasks it is given at once that lease no GPU of this host. A
// cluster is given as many as it takes, unless the site says.
func (e *Executor) CPUs() int { return e.cpus(e.lastTold(e.Fingerprint())) }

func (e *Executor) cpus(told sdk.Fingerprint) int {
	if e.Config().CPUsByDefault && told.Health == sdk.Healthy && !told.Local {
		return cmp.Or(told.Slots, config.MaxCPUs)
	}
	return e.Config().CPUs
}

// lastTold is what the backend said of itself when it was healthy last, which
// may be now; zero before that.
func (e *Executor) lastTold(now sdk.Fingerprint) sdk.Fingerprint {
	if now.Health == sdk.Healthy {
		e.told.Store(&now)
		return now
	}
	if f := e.told.Load(); f != nil {
		return *f
	}
	return sdk.Fingerprint{}
}

// Offer is what the executor could take if all tasks had ended, by what the site
// allows and the backend told.
func (e *Executor) Offer() plan.Executor { return e.offer(e.Err(), e.Fingerprint()) }

// offer is made of one look at the executor. With a second look for its health,
// one that becomes healthy between the two would be up and have no GPU.
func (e *Executor) offer(err error, now sdk.Fingerprint) plan.Executor {
	told := e.lastTold(now)
	offer := OfferOf(e.Config())
	offer.Up, offer.Message = err == nil && now.Health == sdk.Healthy, now.Message
	if err != nil {
		offer.Message = err.Error()
	}
	offer.CPUs, offer.AllCPUs = e.cpus(told), e.cpus(told)
	offer.Most, offer.ClusterGPUs = told.Slots, told.ClusterGPUs
	offer.SiteGPUs = offer.SiteGPUs || told.Local
	return offer
}

// ofOneHost are the plugins of which it is known without asking them that their
// backends run tasks on one host, and assign no GPU themselves.
var ofOneHost = []string{"docker", "containerd", "process"}

// OfferOf is what a site says of an executor that has not told anything. A
// cluster is given no GPUs by the site: its backend assigns them.
func OfferOf(c config.Executor) plan.Executor {
	offer := plan.Executor{Instance: c.Instance, CPUs: c.CPUs, AllCPUs: c.CPUs}
	offer.SiteGPUs = len(c.GPUs) > 0 || slices.Contains(ofOneHost, c.Plugin)
	for _, name := range c.GPUs {
		offer.GPUs = append(offer.GPUs, plan.GPU{Name: name, Free: true})
	}
	return offer
}

// Draft returns the devices that the executor would be told to give to a task
// that wants so many, by the site's names and what its backend tells, without
// leasing them.
func (e *Executor) Draft(gpus int) []sdk.Device {
	if gpus > len(e.Config().GPUs) {
		return nil // its backend assigns them itself
	}
	i := inventory.New()
	i.Allow(e.Instance(), e.Config().GPUs)
	_, _ = i.Tell(e.Instance(), e.Fingerprint()) // saving fails only where there is a file
	return i.Devices(e.Instance(), e.Config().GPUs[:gpus])
}

// leftoversText says what keeps its GPUs from being leased although no task of
// ours holds them, or "".
func (e *Executor) leftoversText() string {
	if why := e.leftovers.Load(); why != nil && !e.reconciled.Load() {
		return *why
	}
	return ""
}
