package plugin

import (
	"sync"
	"time"

	hclog "github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/host"
)

// Spec is what a site says about one executor.
type Spec struct {
	Name     string // the plugin's, as in `executor "docker"`
	Instance string // the executor's at this site; "": Name
	Path     string // of the program; "": where [Find] finds it
	SHA256   string // the checksum the program must have; "": any
	Env      []string
	// Decode turns the site's `config` block into JSON with the plugin's
	// schema. Nil: there is no block.
	Decode func(sdk.Schema) ([]byte, error)
	// Explain gives the plugin's complaints about that configuration their
	// places in the site's files. The paths begin with "config". Nil, or a nil
	// error: they are shown as the plugin made them.
	Explain func(sdk.Diagnostics) error
	Site    sdk.Site
	// Allow names the guarded fields that flows may use in their options; fields
	// inside of objects with dots, such as "mount.host".
	Allow []string
}

// Executor is one executor of the site. It is made by [New], works while
// [Executor.Run] does, and its methods may be called from many goroutines.
type Executor struct {
	name     string // the plugin's
	instance string
	logger   hclog.Logger
	pace     pace

	changed  wake.Broadcast
	outdated wake.Broadcast // what was launched by an earlier spec is to be launched again

	mu          sync.Mutex
	spec        Spec
	client      *host.Client // nil: there is nothing to call
	generation  uint64
	description *sdk.Description
	fingerprint sdk.Fingerprint
	decided     bool  // the first launch has worked or not
	reason      error // why client is nil
}

// pace is how patient the supervision is.
type pace struct {
	backoff wake.Backoff  // between launches
	settled time.Duration // after a process that lived as long as this the backoff begins anew
	// how often a process must show that it answers, and how long it may take
	pulse time.Duration
}

// New makes an executor that is not launched yet.
func New(spec Spec, logger hclog.Logger) *Executor {
	if spec.Instance == "" {
		spec.Instance = spec.Name
	}
	spec.Site.Instance = spec.Instance
	if logger == nil {
		logger = hclog.NewNullLogger()
	}
	e := &Executor{
		spec: spec, name: spec.Name, instance: spec.Instance,
		logger: logger.With("executor", spec.Instance),
		pace:   pace{backoff: wake.Backoff{First: 100 * time.Millisecond, Longest: 30 * time.Second}, settled: time.Minute, pulse: 10 * time.Second},
		reason: sdk.Errorf(sdk.Unavailable, "it is being launched"),
	}
	e.fingerprint = sdk.Fingerprint{Health: sdk.Unhealthy, Message: "the plugin is being launched"}
	return e
}

// Instance is the executor's name at this site.
func (e *Executor) Instance() string { return e.instance }

// Change replaces what the site says about the executor, but its name and its
// instance. The options of tasks are checked by it from now on. With relaunch,
// the plugin's process is called no more, ended, and launched anew: attempts go
// on in their backend, as when a plugin has ended by itself.
func (e *Executor) Change(spec Spec, relaunch bool) {
	spec.Name, spec.Instance, spec.Site.Instance = e.name, e.instance, e.instance
	e.update(func() {
		e.spec = spec
		if relaunch {
			e.outdated.Send()
			e.away(errOutdated)
		}
	})
}

// now is what the site says, and the channel that is closed when a process that
// was launched by it is to be replaced.
func (e *Executor) now() (Spec, <-chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.spec, e.outdated.Changed()
}

// allow are the guarded fields that flows may use.
func (e *Executor) allow() []string {
	spec, _ := e.now()
	return spec.Allow
}

// Description is what the plugin told of itself; false until it was launched
// for the first time.
func (e *Executor) Description() (sdk.Description, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.description == nil {
		return sdk.Description{}, false
	}
	return *e.description, true
}

// Fingerprint is the latest health of the backend. While the plugin is away, it
// is Unhealthy with the reason, and otherwise as it was last.
func (e *Executor) Fingerprint() sdk.Fingerprint {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fingerprint
}

// Generation counts the plugin processes that could be called. When it has
// grown, what an earlier process knew has to be recovered. 0: none yet.
func (e *Executor) Generation() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.generation
}

// Err is why the executor cannot be called now, or nil.
func (e *Executor) Err() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.client != nil {
		return nil
	}
	return e.reason
}

// Changed returns a channel that is closed at the next change of anything that
// the methods above return. Take it first, then look.
func (e *Executor) Changed() <-chan struct{} { return e.changed.Changed() }

// update changes the executor's state and wakes who waits for it.
func (e *Executor) update(change func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change()
	e.changed.Send()
}
