package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/fake"
)

// silent is what an executor says of a backend that has not told anything yet.
const silent = "cluster: the plugin has not yet told how its backend is"

// clusterOf is the block of the scripted executor "cluster" with one slot and a
// backend of its own, which assigns up to some GPUs to one task.
func clusterOf(gpus int, more string) string {
	return fmt.Sprintf("executor \"fake\" \"cluster\" {\n cpus = 1\n %s\n config {\n dir = \"SITE/cluster\"\n local = false\n cluster_gpus = %d\n }\n}\n",
		more, gpus)
}

// silence has an executor say nothing of its backend until resume is called.
func silence(t *testing.T, backend fake.Backend) (resume func()) {
	t.Helper()
	end, err := backend.Silence()
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := end(); err != nil {
			t.Fatal(err)
		}
	}
}

// setHealth changes what an executor says of its backend.
func setHealth(t *testing.T, backend fake.Backend, health sdk.Health, message string) {
	t.Helper()
	if err := backend.SetHealth(health, message); err != nil {
		t.Fatal(err)
	}
}

// toCluster waits until the newest run of a flow runs on the cluster, lets it
// end, and returns what its task asked for.
func toCluster(t *testing.T, site *testenv.Site, flow string) sdk.Task {
	t.Helper()
	r := site.Run(flow, "running", testenv.Running(1))
	attempts := r.Tasks[0].Attempts
	if len(attempts) != 1 || attempts[0].Executor != "cluster" {
		t.Errorf("attempts %+v, want one on the cluster", attempts)
	}
	task, err := backendOf(site, "cluster").Task(sdk.AttemptID(attempts[0].ID))
	if err != nil {
		t.Fatal(err)
	}
	release(t, backendOf(site, "cluster"), r)
	site.Ended(flow, run.Done)
	return task
}

// The agent is stopped while one task has the cluster's only slot and another
// one waits for it. The next agent learns late how many GPUs the cluster has:
// what waits goes on waiting, and so does what arrives meanwhile.
func TestRestartBeforeAClusterAnswers(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, clusterOf(4, ""))
	cluster := backendOf(site, "cluster")
	site.Flow("first", strings.ReplaceAll(holds(1, ""), "CT", "MR"))
	site.Flow("second", holds(1, ""))
	site.Flow("third", strings.ReplaceAll(holds(4, ""), "CT", "PT"))
	site.StartProgram()
	site.Send(testenv.Write(t, testenv.Object{Modality: "MR"})...)
	site.Run("first", "running", testenv.Running(1))
	site.Send(testenv.Write(t, testenv.Object{})...)
	waits(site, "second", "waits for a free CPU slot")
	site.Stop()
	resume := silence(t, cluster)
	site.LaunchProgram()
	waits(site, "second", silent)
	site.Send(testenv.Write(t, testenv.Object{Modality: "PT"})...)
	waits(site, "third", silent)
	resume()
	waits(site, "second", "waits for a free CPU slot")
	waits(site, "third", "waits for a free CPU slot")
	toCluster(t, site, "first")
	toCluster(t, site, "second")
	toCluster(t, site, "third")
}

// The cluster's controller is away while a task waits for the cluster, and
// another one arrives. Both say whom they wait for, and run when it is back.
func TestClusterIsAwayForAMoment(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		health sdk.Health
		says   string
	}{
		"its controller does not answer": {sdk.Unhealthy, "no answer from its controller"},
		"its commands are gone":          {sdk.Undetected, "there is no sinfo"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := programs.NewSite(t, clusterOf(4, ""))
			cluster := backendOf(site, "cluster")
			site.Flow("first", strings.ReplaceAll(holds(1, ""), "CT", "MR"))
			site.Flow("second", holds(1, ""))
			site.Flow("third", strings.ReplaceAll(holds(4, ""), "CT", "PT"))
			site.Start()
			site.Send(testenv.Write(t, testenv.Object{Modality: "MR"})...)
			site.Run("first", "running", testenv.Running(1))
			site.Send(testenv.Write(t, testenv.Object{})...)
			waits(site, "second", "waits for a free CPU slot")
			setHealth(t, cluster, test.health, test.says)
			waits(site, "second", "cluster: "+test.says)
			site.Send(testenv.Write(t, testenv.Object{Modality: "PT"})...)
			waits(site, "third", "cluster: "+test.says)
			setHealth(t, cluster, sdk.Healthy, "")
			waits(site, "third", "waits for a free CPU slot")
			toCluster(t, site, "first")
			toCluster(t, site, "second")
			if task := toCluster(t, site, "third"); task.GPUCount != 4 {
				t.Errorf("the cluster was asked for %d GPUs, want 4", task.GPUCount)
			}
		})
	}
}

// The plugin's process is killed, and the next one says nothing of the cluster
// for a while.
func TestPluginOfAClusterIsKilled(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, clusterOf(4, ""))
	site.Flow("f", holds(1, ""))
	site.Start()
	executors, err := site.Client().Executors(t.Context())
	if err != nil || len(executors) != 1 {
		t.Fatalf("executors %+v, %v", executors, err)
	}
	pid, err := strconv.Atoi(executors[0].Attributes["pid"])
	if err != nil {
		t.Fatal(err)
	}
	resume := silence(t, backendOf(site, "cluster"))
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	testenv.Until(t, "the executor to be away", func() (bool, string) {
		all, err := site.Client().Executors(t.Context())
		return err == nil && len(all) == 1 && all[0].State != "healthy", fmt.Sprintf("%+v %v", all, err)
	})
	site.Send(testenv.Write(t, testenv.Object{})...)
	waits(site, "f", "cluster: ")
	resume()
	toCluster(t, site, "f")
}

// The cluster cannot be used when the agent starts, and can be later. Tasks that
// arrive before wait for it.
func TestClusterThatComesLater(t *testing.T) {
	t.Parallel()
	program := filepath.Join(programs.Plugins, "raddeploy-executor-fake")
	unhealthy := func(health sdk.Health) func(*testing.T, *testenv.Site) func() {
		return func(t *testing.T, site *testenv.Site) (come func()) {
			write(t, filepath.Join(site.Dir, "plugin"), "#!/bin/sh\nexec "+program+"\n")
			setHealth(t, backendOf(site, "cluster"), health, "it is off at night")
			return func() { setHealth(t, backendOf(site, "cluster"), sdk.Healthy, "") }
		}
	}
	for name, test := range map[string]struct {
		away func(*testing.T, *testenv.Site) (come func())
		says string
	}{
		"its controller does not answer": {unhealthy(sdk.Unhealthy), "it is off at night"},
		"its commands are missing":       {unhealthy(sdk.Undetected), "it is off at night"},
		"it has not answered": {func(t *testing.T, site *testenv.Site) func() {
			write(t, filepath.Join(site.Dir, "plugin"), "#!/bin/sh\nexec "+program+"\n")
			return silence(t, backendOf(site, "cluster"))
		}, "has not yet told"},
		"its plugin is being launched": {func(t *testing.T, site *testenv.Site) func() {
			write(t, filepath.Join(site.Dir, "plugin"),
				fmt.Sprintf("#!/bin/sh\nwhile test ! -e %s/go; do sleep 0.05; done\nexec %s\n", site.Dir, program))
			return func() { write(t, filepath.Join(site.Dir, "go"), "") }
		}, "being launched"},
		"its plugin is not installed": {func(t *testing.T, site *testenv.Site) func() {
			return func() { write(t, filepath.Join(site.Dir, "plugin"), "#!/bin/sh\nexec "+program+"\n") }
		}, "is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := programs.NewSite(t, clusterOf(4, `path = "SITE/plugin"`))
			come := test.away(t, site)
			site.Flow("any", holds(2, ""))
			site.Flow("pinned", strings.ReplaceAll(holds(4, ", executor: cluster"), "CT", "MR"))
			site.Flow("wide", strings.ReplaceAll(holds(5, ""), "CT", "PT"))
			site.Launch()
			for _, f := range [][2]string{{"any", "CT"}, {"pinned", "MR"}, {"wide", "PT"}} {
				site.Send(testenv.Write(t, testenv.Object{Modality: f[1]})...)
				waits(site, f[0], "cluster: ")
				waits(site, f[0], test.says)
			}
			come()
			// what it waited for has come, and cannot run it
			if r := site.Ended("wide", run.Failed); !strings.Contains(r.Reason, "it wants 5 GPU") {
				t.Errorf("a task that wants more than the cluster has: %s", r.Reason)
			}
			for _, flow := range []string{"any", "pinned"} {
				toCluster(t, site, flow)
			}
		})
	}
}

// write writes a file that may be run.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// A host with one GPU stands beside a cluster that is away. What the host can
// run goes there at once; what only the cluster may be able to run, or is pinned
// to it, waits for the cluster alone; what neither can run fails once both have
// said so.
func TestHostBesideAClusterThatIsAway(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, fakeOn("host", `["0"]`, gpu0), clusterOf(4, ""))
	site.Flow("narrow", holds(1, ""))
	site.Flow("pinned", strings.ReplaceAll(holds(1, ", executor: cluster"), "CT", "MR"))
	site.Flow("wide", strings.ReplaceAll(holds(2, ""), "CT", "PT"))
	site.Flow("too-wide", strings.ReplaceAll(holds(5, ""), "CT", "US"))
	site.Flow("not-here", strings.ReplaceAll(holds(2, ", executor: host"), "CT", "NM"))
	resume := silence(t, backendOf(site, "cluster"))
	site.Launch()
	send := func(modality string) { site.Send(testenv.Write(t, testenv.Object{Modality: modality})...) }
	waitsForCluster := func(flow string) {
		t.Helper()
		waits(site, flow, silent)
		if r := site.Runs(flow)[0]; strings.Contains(r.Tasks[0].Reason, "host: ") {
			t.Errorf("%s waits for the host too: %s", flow, r.Tasks[0].Reason)
		}
	}
	send("MR")
	waitsForCluster("pinned")
	send("PT")
	waitsForCluster("wide")
	send("US")
	waitsForCluster("too-wide")
	send("NM")
	if r := site.Ended("not-here", run.Failed); !strings.Contains(r.Reason, "it wants 2 GPU") {
		t.Errorf("a task pinned to a host that has too few: %s", r.Reason)
	}
	send("CT")
	narrow := site.Run("narrow", "running", testenv.Running(1))
	if attempt := narrow.Tasks[0].Attempts[0]; attempt.Executor != "host" || !slices.Equal(attempt.GPUs, []string{gpu0}) {
		t.Errorf("it runs on %s with %v", attempt.Executor, attempt.GPUs)
	}
	release(t, backendOf(site, "host"), narrow)
	waitsForCluster("pinned") // though the host is free

	resume()
	if r := site.Ended("too-wide", run.Failed); !strings.Contains(r.Reason, "it wants 5 GPU") {
		t.Errorf("a task that nothing can run: %s", r.Reason)
	}
	toCluster(t, site, "pinned")
	if task := toCluster(t, site, "wide"); task.GPUCount != 2 || len(task.GPUs) > 0 {
		t.Errorf("the cluster was asked for %d GPUs and given %v", task.GPUCount, task.GPUs)
	}
	send("US") // both are known now
	testenv.Until(t, "a second run of too-wide", func() (bool, string) {
		n := len(site.Runs("too-wide"))
		return n == 2, fmt.Sprintf("%d runs", n)
	})
	again := site.Ended("too-wide", run.Failed)
	if !strings.Contains(again.Reason, "it wants 5 GPU") || len(again.Tasks[0].Attempts) > 0 {
		t.Errorf("it failed with %s", testenv.Describe(again))
	}
}

// Two clusters: one says that it has too few GPUs, and one says nothing. The
// task waits for the second one.
func TestOneClusterSaysNo(t *testing.T) {
	t.Parallel()
	small := strings.ReplaceAll(strings.ReplaceAll(clusterOf(1, ""), "\"cluster\"", "\"small\""), "SITE/cluster", "SITE/small")
	site := programs.NewSite(t, small, clusterOf(4, ""))
	site.Flow("f", holds(2, ""))
	resume := silence(t, backendOf(site, "cluster"))
	site.Launch()
	testenv.Until(t, "the small cluster to be healthy", func() (bool, string) {
		all, err := site.Client().Executors(t.Context())
		return err == nil && len(all) == 2 && all[0].State == "healthy", fmt.Sprintf("%+v %v", all, err)
	})
	site.Send(testenv.Write(t, testenv.Object{})...)
	waits(site, "f", silent)
	if r := site.Runs("f")[0]; strings.Contains(r.Tasks[0].Reason, "small") {
		t.Errorf("it waits for the small cluster too: %s", r.Tasks[0].Reason)
	}
	resume()
	toCluster(t, site, "f")
}
