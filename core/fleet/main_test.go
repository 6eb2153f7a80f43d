package fleet

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/inventory"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/fake"
)

// programs is a folder of plugins that are this test's own program.
var programs string

// TestMain is also the main of the plugins: a process that is called like one
// is that one.
func TestMain(m *testing.M) {
	if name, ok := strings.CutPrefix(filepath.Base(os.Args[0]), "raddeploy-executor-"); ok {
		sdk.Main(sdk.Plugin{Name: name, Version: "1.0.0", Options: &fake.Plan{}, Executor: &scripted{cluster: name == "slurm"}})
		return
	}
	os.Exit(withPrograms(m))
}

func withPrograms(m *testing.M) int {
	own, err := os.Executable()
	if err != nil {
		panic(err)
	}
	if programs, err = os.MkdirTemp("", "raddeploy-fleet-test-"); err != nil {
		panic(err)
	}
	defer os.RemoveAll(programs)
	for _, name := range []string{"docker", "process", "slurm"} {
		if err := os.Symlink(own, filepath.Join(programs, "raddeploy-executor-"+name)); err != nil {
			panic(err)
		}
	}
	return m.Run()
}

// clusterGPUs is how many GPUs a cluster says that it gives to a task.
const clusterGPUs = 4

// scripted is the fake executor on a folder below its own one.
type scripted struct {
	*fake.Executor
	cluster bool
	dir     string
}

func (s *scripted) Configure(ctx context.Context, site sdk.Site) error {
	s.dir = filepath.Join(site.WorkDir, "backend")
	s.Executor = fake.New(fake.Backend{Dir: s.dir}, site, nil)
	return s.Executor.Configure(ctx, site)
}

func (s *scripted) Fingerprint(ctx context.Context, emit func(sdk.Fingerprint) error) error {
	return s.Executor.Fingerprint(ctx, func(f sdk.Fingerprint) error {
		if s.cluster {
			f.Local = false
			if f.Health == sdk.Healthy {
				f.ClusterGPUs = clusterGPUs
			}
		}
		return emit(f)
	})
}

// Remove fails for attempts that a test has marked.
func (s *scripted) Remove(ctx context.Context, attempt sdk.AttemptID) error {
	if _, err := os.Stat(s.dir + "-keeps-" + string(attempt)); err == nil {
		return sdk.Errorf(sdk.Unavailable, "device or resource busy")
	}
	return s.Executor.Remove(ctx, attempt)
}

// rows are the attempts that the state database knows.
type rows []run.Attempt

func (r rows) AttemptsIn(_ context.Context, states ...run.AttemptState) (found []run.Attempt, err error) {
	for _, a := range r {
		if slices.Contains(states, a.State) {
			found = append(found, a)
		}
	}
	return found, nil
}

func (r rows) Drained(context.Context) (map[string]run.Drained, error) { return nil, nil }

// site is a fleet with what surrounds it.
type site struct {
	*testing.T
	*Fleet
	host    Host
	changes chan struct{}
	stop    func()

	mu  sync.Mutex
	log bytes.Buffer
}

func newHost(t *testing.T) Host {
	return Host{Identity: "test", DataDir: t.TempDir(), PluginDir: programs, Logger: hclog.NewNullLogger()}
}

// newSite is a site whose executors are not launched yet.
func newSite(t *testing.T, known rows, blocks ...config.Executor) *site {
	t.Helper()
	s := &site{T: t, host: newHost(t), changes: make(chan struct{}, 1), stop: func() {}}
	s.host.Logger = hclog.New(&hclog.LoggerOptions{Output: &s.log, Mutex: &s.mu, DisableTime: true})
	var err error
	if s.Fleet, err = New(s.host, blocks, inventory.New(), known, s.change); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) change() {
	select {
	case s.changes <- struct{}{}:
	default:
	}
}

// run launches the executors until the test ends, or stop is called.
func (s *site) run() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- s.Launch(ctx) }()
	go func() { ended <- s.Fleet.Run(ctx) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ended, <-ended); err != nil {
			s.Error(err)
		}
	})
	s.Cleanup(s.stop)
}

// until waits for a condition that changes with the fleet.
func (s *site) until(what string, condition func() bool) {
	s.Helper()
	limit := time.After(20 * time.Second)
	for !condition() {
		select {
		case <-s.changes:
		case <-limit:
			s.Fatalf("not within 20 s: %s\n%s", what, s.logged())
		}
	}
}

// untilLogged waits for what the log is to hold.
func (s *site) untilLogged(wanted ...string) {
	s.Helper()
	for _, want := range wanted {
		for deadline := time.Now().Add(20 * time.Second); !strings.Contains(s.logged(), want); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				s.Fatalf("not in the log: %s\n%s", want, s.logged())
			}
		}
	}
}

func (s *site) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// backend is the folder that an executor's attempts are in.
func (h Host) backend(instance string) fake.Backend {
	return fake.Backend{Dir: filepath.Join(h.DataDir, "executors", instance, "backend")}
}

// begin starts attempts at an executor's backend, without the fleet.
func (s *site) begin(instance string, plan fake.Plan, attempts ...sdk.AttemptID) {
	s.Helper()
	e := fake.New(s.host.backend(instance), sdk.Site{Name: "test", Instance: instance}, nil)
	for _, attempt := range attempts {
		_, err := e.Start(s.Context(), &sdk.Task{Attempt: attempt, Options: &plan})
		s.check(err)
	}
}

// held lists the attempts in an executor's backend.
func (s *site) held(instance string) string {
	s.Helper()
	attempts, err := s.host.backend(instance).Attempts()
	s.check(err)
	var names []string
	for _, a := range attempts {
		names = append(names, string(a))
	}
	return strings.Join(names, " ")
}

func (s *site) check(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}
