package engine_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// stub is an engine with one container in memory, whose calls fail as a test
// says.
type stub struct {
	way    engine.Way
	remote bool

	mu      sync.Mutex
	there   *engine.Container
	asked   []engine.Request
	signals []bool // by force
	told    func() // called when a signal was sent
	pulls   int
	end     engine.End
	started chan struct{} // closed when the process runs
	ended   chan struct{}
	fail    map[string][]error // of calls by name, one after the other; nil: none
}

func newStub() *stub {
	return &stub{way: engine.Copied, started: make(chan struct{}), ended: make(chan struct{}), fail: map[string][]error{}}
}

// failing has the next calls of a method return errors.
func (s *stub) failing(call string, errs ...error) *stub {
	s.fail[call] = errs
	return s
}

func (s *stub) errLocked(call string) error {
	if len(s.fail[call]) == 0 {
		return nil
	}
	err := s.fail[call][0]
	s.fail[call] = s.fail[call][1:]
	return err
}

// stop ends the container's process.
func (s *stub) stop(end engine.End) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.ended:
		return
	default:
	}
	s.end, s.there.State = end, engine.Ended
	close(s.ended)
}

func (s *stub) Look(context.Context) sdk.Fingerprint                             { return sdk.Fingerprint{Health: sdk.Healthy} }
func (s *stub) Check(context.Context, *sdk.Task) sdk.Diagnostics                 { return nil }
func (s *stub) HasImage(context.Context, string) (bool, error)                   { return false, nil }
func (s *stub) Way(context.Context, *sdk.Task) engine.Way                        { return s.way }
func (s *stub) Stats(context.Context, engine.Container) (u sdk.Usage, err error) { return u, nil }

func (s *stub) Pull(context.Context, string, func(*sdk.Progress)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pulls++
	return s.errLocked("pull")
}

func (s *stub) Find(_ context.Context, name string) (engine.Container, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.errLocked("find"); err != nil {
		return engine.Container{}, err
	}
	if s.there == nil || s.there.Name != name {
		return engine.Container{}, sdk.Errorf(sdk.NotFound, "there is no %s", name)
	}
	return *s.there, nil
}

func (s *stub) Create(_ context.Context, r *engine.Request) (engine.Container, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, *r)
	if err := s.errLocked("create"); err != nil {
		return engine.Container{}, err
	}
	s.there = &engine.Container{Name: r.Name, Labels: r.Labels, State: engine.Created}
	return *s.there, nil
}

func (s *stub) Start(context.Context, engine.Container) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.errLocked("start"); err != nil {
		return err
	}
	s.there.State, s.there.Started = engine.Running, time.Now()
	close(s.started)
	return nil
}

func (s *stub) Wait(ctx context.Context, _ engine.Container) (engine.End, error) {
	s.mu.Lock()
	err := s.errLocked("wait")
	s.mu.Unlock()
	if err != nil {
		return engine.End{}, err
	}
	select {
	case <-s.ended:
	case <-ctx.Done():
		return engine.End{}, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end, nil
}

func (s *stub) Signal(_ context.Context, _ engine.Container, force bool) error {
	s.mu.Lock()
	err := s.errLocked("signal")
	if err == nil {
		s.signals = append(s.signals, force)
	}
	s.mu.Unlock()
	if err == nil && force {
		s.stop(engine.End{Code: 137})
	}
	if s.told != nil {
		s.told()
	}
	return err
}

func (s *stub) Settle(context.Context, engine.Container, func(string)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.errLocked("settle")
}

func (s *stub) Remove(context.Context, engine.Container) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.errLocked("remove"); err != nil {
		return err
	}
	s.there = nil
	return nil
}

func (s *stub) List(context.Context, map[string]string) (all []engine.Container, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.there != nil {
		all = append(all, *s.there)
	}
	return all, s.errLocked("list")
}

func (s *stub) Logs(ctx context.Context, _ engine.Container, request engine.LogRequest, emit func(sdk.LogChunk) error) error {
	return engine.Bytes(ctx, request, emit, func(context.Context, int64) (engine.Output, error) {
		return engine.Output{ReadCloser: text("0123456789"), At: 3}, nil
	})
}

// executor is an executor over the stub, as each plugin process of a site is.
func (s *stub) executor(t *testing.T, folder string) *engine.Executor {
	t.Helper()
	e := engine.New("stub", func(sdk.Site) (engine.Engine, engine.Settings, error) {
		return s, engine.Settings{Remote: s.remote, Advice: engine.Advice{Load: "stub load", Kill: "stub kill does"}}, nil
	})
	if err := e.Configure(t.Context(), sdk.Site{Name: "site", Instance: "i", WorkDir: folder + "/executor", Roots: []string{folder}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}
