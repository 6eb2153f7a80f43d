package conformance

import (
	"cmp"
	"context"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Suite says which plugin is tested, and with what.
type Suite struct {
	// Program is the path of the plugin's program. Args and Env are given to
	// it; nothing else of the environment is inherited.
	Program   string
	Args, Env []string
	// Config is the site's configuration of the executor: JSON that fits the
	// plugin's schema.
	Config []byte
	// Absent is a configuration whose backend is not there, such as
	// {"endpoint": "unix:///nowhere"}. Nil: the cases that need it are not
	// asked.
	Absent []byte
	// Image has a POSIX sh and the usual small tools. Default: busybox:latest.
	Image string
	// Missing is an image that cannot be fetched. Default: one of a registry
	// that is not there.
	Missing string
	// GPUs is a shell command that prints the UUIDs of the GPUs that a
	// container sees, one a line. Default: it asks nvidia-smi.
	GPUs string
	// Stall has the backend not answer until resume is called, while its tasks
	// go on: say, by a proxy of the tests' own between the plugin and it. Nil:
	// the cases that need it are not asked.
	Stall func(ctx context.Context) (resume func() error, err error)
	// Dir is where the tasks' folders are made. Default: a temporary folder.
	Dir string
	// Patience is how long anything that must happen is waited for, on an idle
	// machine: where more threads want to run than there are CPUs, it is as many
	// times longer. Default: 30 seconds.
	Patience time.Duration
	// Parallel is how many cases run at once. Default: 4. Where the plugin's
	// Fingerprint has fewer Slots, it is as many as those.
	Parallel int
	// Only selects cases by name. Nil: all.
	Only *regexp.Regexp
	// Express puts a case's work into a task. Nil: the work is the container's
	// command, as [Work.Command] writes it. It is for executors that run no
	// programs.
	Express func(*sdk.Task, Work)

	// for the suite's own tests
	instead func() plugin  // of launching the program
	crowd   func() float64 // of asking the kernel how busy the machine is
}

// Run tests the plugin, with a subtest for each case. Use Only, and not go
// test's -run, to have only some cases run.
func (s Suite) Run(t *testing.T) {
	t.Helper()
	r, err := s.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	results := map[string]chan Result{}
	for _, c := range r.cases {
		results[c.Name] = make(chan Result, 1)
	}
	var working sync.WaitGroup
	defer working.Wait()
	working.Go(func() { r.all(t.Context(), func(result Result) { results[result.Name] <- result }) })
	if r.away != nil {
		t.Error(r.away)
	}
	for _, c := range r.cases {
		t.Run(c.Name, func(t *testing.T) {
			switch result := <-results[c.Name]; result.State {
			case Failed:
				t.Error(result)
			case NotOffered, NotAsked:
				t.Skip(result)
			default:
				t.Log(result)
			}
		})
	}
}

// Check tests the plugin and reports each case when it has ended, in no
// particular order and never two at once. An error means that the plugin could
// not be tested at all, that it has no backend that works, so that only the
// cases that need none were asked, or that ctx ended; whether it passed is in
// the results.
func (s Suite) Check(ctx context.Context, report func(Result)) error {
	r, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer r.close()
	r.all(ctx, report)
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.away
}

func (s Suite) withDefaults() Suite {
	s.Image = cmp.Or(s.Image, "busybox:latest")
	s.Missing = cmp.Or(s.Missing, "127.0.0.1:1/raddeploy/absent:1")
	s.GPUs = cmp.Or(s.GPUs, "nvidia-smi --query-gpu=uuid --format=csv,noheader")
	s.Patience = cmp.Or(s.Patience, 30*time.Second)
	s.Parallel = cmp.Or(s.Parallel, 4)
	if s.Express == nil {
		s.Express = func(task *sdk.Task, work Work) { task.Container.Command = work.Command() }
	}
	return s
}
