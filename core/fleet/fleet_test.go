package fleet

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/fake"
)

// What a cluster has said counts while it is away: its tasks wait, instead of
// being refused.
func TestACluster(t *testing.T) {
	s := newSite(t, nil,
		config.Executor{Plugin: "slurm", Instance: "cluster", CPUs: 2, CPUsByDefault: true},
		config.Executor{Plugin: "slurm", Instance: "capped", CPUs: 2},
		config.Executor{Plugin: "docker", Instance: "local", CPUs: 2, CPUsByDefault: true},
	)
	s.check(s.host.backend("local").SetHealth(sdk.Undetected, "there is no docker"))
	before := s.Board()
	if e := before[0]; e.Up || e.CPUs != 2 || e.ClusterGPUs != 0 || e.SiteGPUs {
		t.Errorf("before it has said anything: %+v", e)
	}
	if !before[2].SiteGPUs {
		t.Error("a docker assigns no GPUs itself")
	}
	s.run()
	s.until("up", func() bool { b := s.Board(); return b[0].Up && b[1].Up && s.Executor("local").Health() == Undetected })
	check := func(when string, up bool, message string) {
		t.Helper()
		for i, cpus := range []int{config.MaxCPUs, 2} {
			if e := s.Board()[i]; e.Up != up || e.CPUs != cpus || e.AllCPUs != cpus || e.ClusterGPUs != clusterGPUs || e.SiteGPUs || e.Message != message {
				t.Errorf("%s: %+v, want %d CPUs", when, e, cpus)
			}
		}
	}
	s.untilLogged("executor=cluster state=healthy", "executor=local state=undetected")
	check("up", true, "")
	if e := s.Board()[2]; e.Up || e.CPUs != 2 || e.Message != "there is no docker" {
		t.Errorf("one that is not there: %+v", e)
	}
	for _, instance := range []string{"cluster", "capped"} {
		s.check(s.host.backend(instance).SetHealth(sdk.Unhealthy, "slurmctld does not answer"))
	}
	s.until("unhealthy", func() bool {
		return s.Executor("cluster").Health() == Unhealthy && s.Executor("capped").Health() == Unhealthy
	})
	check("away", false, "slurmctld does not answer")
	s.untilLogged("executor=cluster state=unhealthy")
	log := s.logged()
	for _, want := range []string{`executor=cluster state=healthy backend="fake 1.0.0"`, `executor=cluster state=unhealthy`, `executor=local state=undetected`} {
		if strings.Count(log, want) != 1 {
			t.Errorf("%s is not once in the log:\n%s", want, log)
		}
	}
	s.stop()
	if e := s.Board()[0]; e.Up || e.ClusterGPUs != clusterGPUs || !strings.Contains(e.Message, "stopping") {
		t.Errorf("without its plugin: %+v", e)
	}
}

// A GPU that a backend no longer lists is said once, and is back when it is.
func TestAGPUIsLost(t *testing.T) {
	s := newSite(t, nil, config.Executor{Plugin: "docker", Instance: "a", GPUs: []string{"0"}})
	tell := func(gpus ...sdk.Device) {
		s.check(s.host.backend("a").SetFingerprint(sdk.Fingerprint{Health: sdk.Healthy, GPUs: append(gpus, sdk.Device{Index: "7"})}))
	}
	tell(sdk.Device{Index: "0"})
	s.run()
	missing := func(want bool) func() bool {
		return func() bool { e := s.Board()[0]; return e.Up && e.GPUs[0].Free && e.GPUs[0].Missing == want }
	}
	s.until("a GPU to lease", missing(false))
	tell()
	s.until("it is missing", missing(true))
	tell(sdk.Device{Index: "0"})
	s.until("it is back", missing(false))
	for _, want := range []string{"GPU is missing", "GPU is back"} {
		if log := s.logged(); strings.Count(log, want) != 1 {
			t.Errorf("%s is not once in the log:\n%s", want, log)
		}
	}
}

// What the state database does not know is ended and removed. Until that was
// done, GPUs are not leased, and a leftover that stays keeps no other.
func TestLeftovers(t *testing.T) {
	known := rows{
		{ID: "known-open", State: run.AttemptStarted}, {ID: "known-intended", State: run.AttemptIntended},
		{ID: "known-ended", State: run.AttemptEnded}, {ID: "removed", State: run.AttemptRemoved},
	}
	s := newSite(t, known, config.Executor{Plugin: "docker", Instance: "a", GPUs: []string{"0"}})
	s.begin("a", fake.Plan{Hold: true}, "1-stays", "2-runs", "known-open", "known-intended")
	s.begin("a", fake.Plan{}, "3-ended", "known-ended", "removed")
	stays := s.host.backend("a").Dir + "-keeps-1-stays"
	s.check(os.WriteFile(stays, nil, 0o600))
	s.run()
	const note = "executor a may hold unknown tasks, and leases no GPU until they are removed: remove attempt 1-stays: "
	s.until("it is said what stays", func() bool { return strings.HasPrefix(s.Board()[0].GPUs[0].Note, note) })
	if gpu := s.Board()[0].GPUs[0]; gpu.Free || !gpu.Stuck || !strings.Contains(gpu.Note, "busy") {
		t.Errorf("the GPU is %+v", gpu)
	}
	const rest = "known-ended known-intended known-open"
	if held := s.held("a"); held != "1-stays "+rest {
		t.Errorf("it still holds %s", held)
	}
	s.untilLogged("cannot look for leftovers; retrying: executor=a", "wait=")
	s.check(os.Remove(stays))
	s.until("GPUs are leased", func() bool { gpu := s.Board()[0].GPUs[0]; return gpu.Free && gpu.Note == "" })
	if held := s.held("a"); held != rest {
		t.Errorf("it holds %s", held)
	}
}

// A backend that cannot list what it holds is asked again.
func TestLeftoversThatCannotBeListed(t *testing.T) {
	s := newSite(t, nil, config.Executor{Plugin: "docker", Instance: "a", GPUs: []string{"0"}}, config.Executor{Plugin: "docker", Instance: "b", GPUs: []string{"1"}})
	resume, err := s.host.backend("a").Stall()
	s.check(err)
	s.run()
	s.until("b is ready, and a is said not to be", func() bool { b := s.Board(); return b[1].GPUs[0].Free && b[0].GPUs[0].Note != "" })
	if gpu := s.Board()[0].GPUs[0]; gpu.Free || !strings.Contains(gpu.Note, "does not answer") {
		t.Errorf("the GPU of a is %+v", gpu)
	}
	s.check(resume())
	s.until("a is ready", func() bool { return s.Board()[0].GPUs[0].Free })
}

// An agent whose state is thrown away leaves no task behind.
func TestEnd(t *testing.T) {
	s := newSite(t, rows{{ID: "known", State: run.AttemptStarted}}, config.Executor{Plugin: "docker", Instance: "a"}, config.Executor{Plugin: "docker", Instance: "b"})
	s.begin("a", fake.Plan{Hold: true}, "known")
	resume, err := s.host.backend("b").Stall()
	s.check(err)
	s.run()
	for _, e := range s.Executors() {
		s.check(e.Described(t.Context()))
		s.check(e.Ready(t.Context()))
	}
	s.End(t.Context())
	if held := s.held("a"); held != "" {
		t.Errorf("it holds %s", held)
	}
	if log := s.logged(); !strings.Contains(log, "tasks may go on: executor=b") {
		t.Errorf("logged:\n%s", log)
	}
	s.check(resume())
}

func TestDetect(t *testing.T) {
	site := &config.Site{CPUs: 3, GPUs: []string{"0"}}
	for _, test := range []struct {
		name            string
		docker, process sdk.Health
		open            []run.Attempt
		want            string // the plugin, or what the error says
	}{
		{name: "the best that is here", want: "docker"},
		{name: "the next", docker: sdk.Undetected, want: "process"},
		{name: "none", docker: sdk.Undetected, process: sdk.Undetected, want: "none works here: executor docker: off\nexecutor process: off"},
		{name: "that of open attempts, though it is away", process: sdk.Undetected, open: []run.Attempt{{Executor: "process"}}, want: "process"},
		{name: "open attempts of one that is not found so", open: []run.Attempt{{Executor: "cluster"}}, want: "docker"},
	} {
		t.Run(test.name, func(t *testing.T) {
			host := newHost(t)
			for name, health := range map[string]sdk.Health{"docker": test.docker, "process": test.process} {
				if err := host.backend(name).SetHealth(cmp.Or(health, sdk.Healthy), "off"); err != nil {
					t.Fatal(err)
				}
			}
			got, err := host.Choose(t.Context(), site, test.open)
			if err != nil {
				if !strings.Contains(err.Error(), test.want) {
					t.Errorf("error %v, want one with %q", err, test.want)
				}
				return
			}
			if got.Plugin != test.want || got.Instance != test.want || got.CPUs != 3 || len(got.GPUs) != 1 {
				t.Errorf("got %+v, want %s with the site's CPUs and GPUs", got, test.want)
			}
		})
	}
}

func TestDescribedWaitsForThePlugin(t *testing.T) {
	s := newSite(t, nil, config.Executor{Plugin: "docker", Instance: "a"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Executor("a").Described(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("before it is launched: %v", err)
	}
}

func TestOpen(t *testing.T) {
	host := newHost(t)
	file := filepath.Join(host.DataDir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		change func(*Host, *config.Executor)
		want   string
	}{
		{"without static mounts", func(h *Host, _ *config.Executor) { h.StaticDir = filepath.Join(h.DataDir, "none") }, ""},
		{"a data folder that is a file", func(h *Host, _ *config.Executor) { h.DataDir = file }, "executor a: mkdir"},
		{"static mounts below a file", func(h *Host, _ *config.Executor) { h.StaticDir = file + "/static" }, "executor a: "},
		{"an unsafe plugin name", func(_ *Host, c *config.Executor) { c.Plugin = "../docker" }, "executor a: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, c := host, config.Executor{Plugin: "docker", Instance: "a"}
			test.change(&h, &c)
			e, err := h.Open(c)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want one with %q", err, test.want)
			}
			if err == nil && e.Instance() != "a" {
				t.Errorf("instance %s", e.Instance())
			}
		})
	}
}
