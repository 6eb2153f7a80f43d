// Package lifetest is one table of tests of the life of attempts, which the
// executor of each container engine of this module runs on the real engine: what
// another plugin process goes on with, how attempts end, how images come, what a
// restart of the engine does. How an engine is opened comes in as a [Backend];
// failures of the test come out. Nothing but tests may import it.
package lifetest

import (
	"testing"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// Open opens an engine for a site, as [engine.New] wants it.
type Open func(sdk.Site) (engine.Engine, engine.Settings, error)

// Backend is a container engine under test.
type Backend struct {
	Name string
	// Open returns how the engine is opened with a configuration, given as JSON.
	// It skips the test where there is no engine.
	Open func(t testing.TB, config string) Open
	// Tag gives the tests' image another name for the time of the test.
	Tag func(t *testing.T, name string)
	// Untag takes a name away that need not be there.
	Untag func(t *testing.T, name string)
	// Kill are commands that an administrator ends a container with, each with
	// its name behind it.
	Kill map[string][]string
	// Daemon starts an engine of the test's own under which containers live on
	// when it is stopped, and returns it with its configuration.
	Daemon func(t *testing.T) (d Daemon, config string)
}

// Daemon is an engine that may be stopped and started.
type Daemon interface {
	Stop()
	Start()
}

// Run runs all tests.
func (b Backend) Run(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"another process goes on":           b.anotherProcessGoesOn,
		"start while it is made":            b.startWhileItIsMade,
		"gone under an open attempt":        b.goneUnderAnOpenAttempt,
		"what was used":                     b.whatWasUsed,
		"stopped before its start":          b.stoppedBeforeItsStart,
		"remove by many at once":            func(t *testing.T) { sitetest.RemoveByManyAtOnce(t, b.Bare) },
		"stop twice":                        func(t *testing.T) { sitetest.StopTwice(t, b.Bare) },
		"ends":                              b.ends,
		"starts that can never work":        b.startsThatCanNeverWork,
		"stopped from outside":              b.stoppedFromOutside,
		"the end is kept":                   b.endIsKept,
		"a pull that fails is a warning":    b.pullThatFailsIsAWarning,
		"pull always fetches":               b.pullAlwaysFetches,
		"while pulling":                     func(t *testing.T) { sitetest.WhilePulling(t, b.Bare) },
		"the engine is restarted":           b.engineIsRestarted,
		"any bytes":                         func(t *testing.T) { sitetest.LogsOfAnyBytesAndLength(t, b.Bare) },
		"fifty megabytes of logs":           b.fiftyMegabytes,
		"logs from any cursor":              func(t *testing.T) { sitetest.LogsGoOnFromAnyCursor(t, b.Bare) },
		"inputs are private":                func(t *testing.T) { sitetest.InputIsPrivateAndWritable(t, b.Bare) },
		"inputs are any user's":             func(t *testing.T) { sitetest.InputIsWritableByAnyUser(t, b.Bare) },
		"inputs are the image's user's":     func(t *testing.T) { sitetest.InputIsWritableByTheImagesUser(t, b.Bare) },
		"another architecture":              b.anotherArchitecture,
		"killed for memory within":          func(t *testing.T) { sitetest.KilledForMemoryWithin(t, b.Bare) },
		"shared memory":                     func(t *testing.T) { sitetest.SharedMemory(t, b.Bare) },
		"statics are read-only":             func(t *testing.T) { sitetest.StaticIsReadOnly(t, b.Bare) },
		"outputs":                           func(t *testing.T) { sitetest.Outputs(t, b.Bare) },
		"scratch":                           func(t *testing.T) { sitetest.ScratchIsEmptyAndWritable(t, b.Bare) },
		"mounts outside the roots":          func(t *testing.T) { sitetest.MountsOutsideTheRootsAreRefused(t, b.Bare) },
		"symlinks that lead out":            func(t *testing.T) { sitetest.CopyRefusesSymlinksThatLeadOut(t, b.Bare) },
		"an input that cannot be laid over": b.inputThatCannotBeLaidOver,
		"an agent on an overlay":            b.agentOnAnOverlay,
	} {
		t.Run(name, test)
	}
}

// Site is a place with an executor of the engine, and folders of an agent.
type Site struct {
	*sitetest.Site
	Engine *Tap // of the executor of this moment
}

// Site makes a site whose executor has a configuration, given as JSON.
func (b Backend) Site(t testing.TB, config string) *Site {
	t.Helper()
	open := b.Open(t, config)
	s := &Site{}
	s.Site = sitetest.New(t, func(where sdk.Site) sitetest.Executor {
		t.Helper()
		where.Instance = b.Name
		e := engine.New(b.Name, func(where sdk.Site) (engine.Engine, engine.Settings, error) {
			real, settings, err := open(where)
			s.Engine = &Tap{Engine: real}
			return s.Engine, settings, err
		})
		if err := e.Configure(t.Context(), where); err != nil {
			t.Fatal(err)
		}
		return e
	})
	return s
}

// Bare makes a site for the tests of package sitetest.
func (b Backend) Bare(t testing.TB, config string) *sitetest.Site {
	t.Helper()
	return b.Site(t, config).Site
}

// Find returns the container of an attempt.
func (s *Site) Find(id sdk.AttemptID) engine.Container {
	s.T.Helper()
	c, err := s.Engine.Find(s.T.Context(), engine.ContainerName(id))
	if err != nil {
		s.T.Fatal(err)
	}
	return c
}

// takeAway ends and removes an attempt's container behind the executor's back.
func (s *Site) takeAway(id sdk.AttemptID) {
	s.T.Helper()
	c := s.Find(id)
	if c.State == engine.Running {
		if err := s.Engine.Signal(s.T.Context(), c, true); err != nil {
			s.T.Fatal(err)
		}
		if _, err := s.Engine.Wait(s.T.Context(), c); err != nil {
			s.T.Fatal(err)
		}
	}
	if err := s.Engine.Remove(s.T.Context(), c); err != nil {
		s.T.Fatal(err)
	}
}

// Make makes an attempt's container and does not start it, as a process that is
// lost right after it would. This executor starts no others.
func (s *Site) Make(task *sdk.Task) engine.Container {
	s.T.Helper()
	s.Engine.keepFromStarting(true)
	s.Start(task)
	return s.Find(task.Attempt)
}
