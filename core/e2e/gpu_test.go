package e2e_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/fake"
)

const (
	gpu0 = "GPU-00000000-aaaa-bbbb-cccc-000000000000"
	gpu1 = "GPU-11111111-aaaa-bbbb-cccc-111111111111"
)

// fakeOn is the block of a scripted executor with a backend of its own, which
// lists GPUs and may use some of them.
func fakeOn(instance, gpus string, lists ...string) string {
	return fmt.Sprintf("executor \"fake\" %q {\n cpus = 2\n gpus = %s\n config {\n dir = \"SITE/%s\"\n gpus = %s\n }\n}\n",
		instance, gpus, instance, strings.ReplaceAll(fmt.Sprintf("%q", lists), " ", ", "))
}

// holds is a flow whose tasks want GPUs and run until they are let end.
func holds(gpus int, more string) string {
	return fmt.Sprintf("triggers: [{Modality: CT}]\nmodels: [{image: any, gpu: %d, options: {hold: true}%s}]\n", gpus, more)
}

// backendOf steers the tasks of one of several scripted executors.
func backendOf(site *testenv.Site, instance string) fake.Backend {
	return fake.Backend{Dir: filepath.Join(site.Dir, instance)}
}

// release lets the newest attempt at a run's only task end.
func release(t *testing.T, backend fake.Backend, r api.Run) {
	t.Helper()
	attempts := r.Tasks[0].Attempts
	if err := backend.Release(sdk.AttemptID(attempts[len(attempts)-1].ID)); err != nil {
		t.Fatal(err)
	}
}

// waits waits until the only task of a flow's newest run waits for a reason.
func waits(site *testenv.Site, flow, why string) {
	site.Run(flow, "waiting: "+why, func(r api.Run) bool {
		return r.Tasks[0].State == run.TaskPending && strings.Contains(r.Tasks[0].Reason, why)
	})
}

// Two executors list one GPU, and the site names it differently to each.
// However many tasks come, one of them has it at a time.
func TestOneGPUOfTwoExecutors(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, fakeOn("a", `["0"]`, gpu0), fakeOn("b", fmt.Sprintf("[%q]", gpu0), gpu1, gpu0))
	const model = "triggers: [{Modality: CT}]\nmodels: [{image: any, gpu: true, executor: %s, options: {run: 20ms}}]\n"
	for n := range 3 {
		site.Flow(fmt.Sprint("a", n), fmt.Sprintf(model, "a"))
		site.Flow(fmt.Sprint("b", n), fmt.Sprintf(model, "b"))
	}
	site.Start()
	const arrivals = 4
	for range arrivals {
		site.Send(testenv.Write(t, testenv.Object{})...)
	}
	var used []api.Exit
	executors := map[string]int{}
	for n := range 3 {
		for _, flow := range []string{fmt.Sprint("a", n), fmt.Sprint("b", n)} {
			count(t, site, flow, arrivals)
			for _, r := range site.Runs(flow) {
				attempt := r.Tasks[0].Attempts[0]
				executors[attempt.Executor]++
				if !slices.Equal(attempt.GPUs, []string{gpu0}) {
					t.Errorf("%s was leased %v", flow, attempt.GPUs)
				}
				used = append(used, *attempt.Exit)
			}
		}
	}
	slices.SortFunc(used, func(a, b api.Exit) int { return a.Started.Compare(*b.Started) })
	for i := range used[1:] {
		if used[i+1].Started.Before(*used[i].Finished) {
			t.Errorf("one task used the GPU until %s, and another one from %s", used[i].Finished, used[i+1].Started)
		}
	}
	if len(used) != 24 || executors["a"] != 12 || executors["b"] != 12 {
		t.Errorf("%d tasks ran, on %v", len(used), executors)
	}
}

// A task that wants two GPUs gets them at once. What gets free first is kept
// for it: the narrower task behind it waits, while CPU tasks come and go.
func TestTwoGPUsAtOnce(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, fakeOn("fake", `["0", "1"]`, gpu0, gpu1))
	site.Flow("one", holds(1, ""))
	site.Flow("two", strings.ReplaceAll(holds(1, ""), "CT", "MR"))
	site.Flow("wide", strings.ReplaceAll(holds(2, ""), "CT", "PT"))
	site.Flow("behind", strings.ReplaceAll(holds(1, ""), "CT", "US"))
	site.Flow("cpu", "triggers: [{Modality: US}]\nmodels: [{image: any}]\n")
	site.Start()
	send := func(modality string) { site.Send(testenv.Write(t, testenv.Object{Modality: modality})...) }
	send("CT")
	one := site.Run("one", "running", testenv.Running(1))
	send("MR")
	two := site.Run("two", "running", testenv.Running(1))
	send("PT")
	site.Run("wide", "there", func(api.Run) bool { return true })
	send("US")
	waits(site, "wide", "waits for 2 free GPUs at once")
	waits(site, "behind", "waits for a free GPU")
	release(t, site.Backend(), one)
	waits(site, "wide", "of which 1 is kept for it")
	waits(site, "behind", "1 is kept for a task before it that wants 2")
	site.Ended("cpu", run.Done)
	release(t, site.Backend(), two)
	wide := site.Run("wide", "running", testenv.Running(1))
	task, err := site.Backend().Task(sdk.AttemptID(wide.Tasks[0].Attempts[0].ID))
	slices.SortFunc(task.GPUs, func(a, b sdk.Device) int { return cmp.Compare(a.Index, b.Index) })
	if want := []sdk.Device{{Index: "0", UUID: gpu0}, {Index: "1", UUID: gpu1}}; err != nil || !slices.Equal(task.GPUs, want) {
		t.Errorf("it was given %v (%v), want %v", task.GPUs, err, want)
	}
	waits(site, "behind", "waits for a free GPU")
	release(t, site.Backend(), wide)
	release(t, site.Backend(), site.Run("behind", "running", testenv.Running(1)))
	site.Ended("behind", run.Done)
}

// The agent is killed while one task has the GPU and another one waits for it.
// The next agent knows that it is held.
func TestKilledWhileAGPUIsHeld(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, fakeOn("a", `["0"]`, gpu0), fakeOn("b", fmt.Sprintf("[%q]", gpu0), gpu0))
	site.Flow("first", "priority: 1\n"+holds(1, ", executor: a"))
	site.Flow("second", holds(1, ", executor: b"))
	site.StartProgram()
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Run("first", "running", testenv.Running(1))
	waits(site, "second", "waits for a free GPU")
	for range 2 {
		site.Kill()
		site.StartProgram()
		// the scheduler has looked when this is matched, and again
		site.Send(testenv.Write(t, testenv.Object{Modality: "MR"})...)
		first := site.Run("first", "running", testenv.Running(1))
		if attempts := first.Tasks[0].Attempts; len(attempts) != 1 || !slices.Equal(attempts[0].GPUs, []string{gpu0}) {
			t.Errorf("the first task has %+v", attempts)
		}
		waits(site, "second", "waits for a free GPU")
	}
	release(t, backendOf(site, "a"), site.Run("first", "running", testenv.Running(1)))
	site.Ended("first", run.Done)
	release(t, backendOf(site, "b"), site.Run("second", "running", testenv.Running(1)))
	site.Ended("second", run.Done)
}

// The executor breaks so that the agent gives up on an attempt whose task goes
// on. Its GPU is not leased again before that has ended.
func TestGPUOfAnAttemptThatWasGivenUp(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, fakeOn("a", `["0"]`, gpu0), fakeOn("b", `["0"]`, gpu0))
	site.Flow("first", "priority: 1\n"+holds(1, ", executor: a"))
	site.Flow("second", holds(1, ", executor: b"))
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	first := site.Run("first", "running", testenv.Running(1))
	attempt := first.Tasks[0].Attempts[0]
	spoilt := filepath.Join(site.Dir, "a", string(attempt.ID), "stop")
	if err := os.WriteFile(spoilt, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	site.Run("first", "given up", func(r api.Run) bool { return r.Tasks[0].Attempts[0].State == run.AttemptEnded })
	waits(site, "second", "may still be used by attempt "+string(attempt.ID)+", which executor a does not remove")
	mended := time.Now()
	if err := os.Remove(spoilt); err != nil {
		t.Fatal(err)
	}
	// The first task's next try stands before the second run's in the order.
	again := site.Run("first", "running again", func(r api.Run) bool { return len(r.Tasks[0].Attempts) == 2 && testenv.Running(1)(r) })
	if started := again.Tasks[0].Attempts[1].Started; started.Before(mended) {
		t.Errorf("the GPU was leased again %s before the first task had ended", mended.Sub(*started))
	}
	release(t, backendOf(site, "a"), again)
	release(t, backendOf(site, "b"), site.Run("second", "running", testenv.Running(1)))
	site.Ended("first", run.Done)
	site.Ended("second", run.Done)
}

// An executor that has tasks on a GPU is taken from the site's configuration.
// Until it is back and has ended them, nobody gets the GPU.
func TestGPUOfAnExecutorThatIsNoMore(t *testing.T) {
	t.Parallel()
	both := []string{fakeOn("a", `["0"]`, gpu0), fakeOn("b", `["0"]`, gpu0)}
	site := programs.NewSite(t, both...)
	site.Flow("first", "priority: 1\n"+holds(1, ", executor: a"))
	site.Flow("second", holds(1, ", executor: b"))
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Run("first", "running", testenv.Running(1))
	site.Stop()
	configure := func(blocks ...string) {
		t.Helper()
		text := strings.ReplaceAll(strings.Join(blocks, "\n"), "SITE", site.Dir)
		if err := os.WriteFile(filepath.Join(site.Dir, "config", "2-own.hcl"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	configure(both[1])
	site.Start()
	site.Ended("first", run.Failed)
	waits(site, "second", "may still be used by attempt")
	site.Stop()
	configure(both...)
	site.Start()
	release(t, backendOf(site, "b"), site.Run("second", "running", testenv.Running(1)))
	site.Ended("second", run.Done)
	if left, err := backendOf(site, "a").Attempts(); err != nil || len(left) > 0 {
		t.Errorf("the first executor still holds %v (%v)", left, err)
	}
}

// No task waits for a GPU that will never be released: one that wants it and
// another one says so, and does not keep the other one from those behind it.
func TestGPUThatIsHeldForGood(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, fakeOn("a", `["0"]`, gpu0), fakeOn("b", `["0", "1"]`, gpu0, gpu1))
	site.Flow("first", "priority: 1\n"+holds(1, ", executor: a"))
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	first := site.Run("first", "running", testenv.Running(1))
	site.Stop()
	only := strings.ReplaceAll(fakeOn("b", `["0", "1"]`, gpu0, gpu1), "SITE", site.Dir)
	if err := os.WriteFile(filepath.Join(site.Dir, "config", "2-own.hcl"), []byte(only), 0o600); err != nil {
		t.Fatal(err)
	}
	site.Flow("wide", strings.ReplaceAll(holds(2, ""), "CT", "PT"))
	site.Flow("narrow", strings.ReplaceAll(holds(1, ""), "CT", "US"))
	site.Start()
	site.Ended("first", run.Failed)
	site.Send(testenv.Write(t, testenv.Object{Modality: "PT"})...)
	waits(site, "wide", "cannot be leased: GPU 0 ("+gpu0+") may still be used by attempt "+string(first.Tasks[0].Attempts[0].ID))
	site.Send(testenv.Write(t, testenv.Object{Modality: "US"})...)
	narrow := site.Run("narrow", "running", testenv.Running(1))
	if gpus := narrow.Tasks[0].Attempts[0].GPUs; !slices.Equal(gpus, []string{gpu1}) {
		t.Errorf("the narrow task was leased %v", gpus)
	}
	release(t, backendOf(site, "b"), narrow)
	site.Ended("narrow", run.Done)
}

// Of two unknown tasks one cannot be removed. The other one goes all
// the same, and who waits for a GPU is told why none is leased.
func TestLeftOverThatCannotBeRemoved(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, fakeOn("a", `["0", "1"]`, gpu0, gpu1))
	site.Flow("first", holds(1, ""))
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	stays := site.Run("first", "running", testenv.Running(1)).Tasks[0].Attempts[0].ID
	site.Send(testenv.Write(t, testenv.Object{})...)
	second := func(r api.Run) bool { return testenv.Running(1)(r) && r.Tasks[0].Attempts[0].ID != stays }
	goes := site.Run("first", "both running", second).Tasks[0].Attempts[0].ID
	site.Stop()
	for _, name := range []string{"state.db", "state.db-wal", "state.db-shm", "objects", "runs"} { // to begin anew
		if err := os.RemoveAll(site.Data(name)); err != nil {
			t.Fatal(err)
		}
	}
	// where a file is written when it is stopped
	spoilt := filepath.Join(site.Dir, "a", string(stays), ".replaced-stop")
	if err := os.Mkdir(spoilt, 0o700); err != nil {
		t.Fatal(err)
	}
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	waits(site, "first", "cannot be leased: executor a may hold unknown tasks, and leases no GPU until they are removed: remove attempt "+string(stays))
	if left, err := backendOf(site, "a").Attempts(); err != nil || slices.Contains(left, sdk.AttemptID(goes)) {
		t.Errorf("the executor holds %v (%v)", left, err)
	}
	if err := os.Remove(spoilt); err != nil {
		t.Fatal(err)
	}
	release(t, backendOf(site, "a"), site.Run("first", "running", testenv.Running(1)))
	site.Ended("first", run.Done)
}

// A GPU goes away: no task gets it, who waits says for what, and when it is
// back they go on.
func TestMissingGPU(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, fakeOn("fake", `["0", "1"]`))
	both := []sdk.Device{{Index: "0", UUID: gpu0}, {Index: "1", UUID: gpu1}}
	tell := func(gpus ...sdk.Device) {
		t.Helper()
		if err := site.Backend().SetFingerprint(sdk.Fingerprint{Health: sdk.Healthy, GPUs: gpus}); err != nil {
			t.Fatal(err)
		}
	}
	tell(both...)
	site.Flow("wide", holds(2, ""))
	site.Flow("narrow", strings.ReplaceAll(holds(1, ""), "CT", "MR"))
	site.Start()
	tell(both[1])
	site.Logs("GPU is missing", gpu0)
	site.Send(testenv.Write(t, testenv.Object{})...)
	waits(site, "wide", "waits for a GPU that cannot be leased: fake does not see GPU 0 ("+gpu0)
	site.Send(testenv.Write(t, testenv.Object{Modality: "MR"})...)
	narrow := site.Run("narrow", "running", testenv.Running(1))
	if gpus := narrow.Tasks[0].Attempts[0].GPUs; !slices.Equal(gpus, []string{gpu1}) {
		t.Errorf("it was leased %v", gpus)
	}
	site.Stop()
	site.Start() // what was missing is missing still
	waits(site, "wide", "waits for a GPU that cannot be leased: fake does not see GPU 0 ("+gpu0)
	tell(both...)
	waits(site, "wide", "waits for 2 free GPUs at once, of which 1 is kept for it")
	release(t, site.Backend(), narrow)
	release(t, site.Backend(), site.Run("wide", "running", testenv.Running(1)))
	site.Ended("wide", run.Done)
}

// What no executor could ever run fails when the run is first seen, long before
// its inputs exist.
func TestImpossibleAtOnce(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, fakeOn("fake", `["0"]`, gpu0))
	site.Flow("impossible", `
triggers: [{Modality: CT}]
models:
  - {image: any, name: first, options: {hold: true}, output_mounts: {x: /x}}
  - {image: any, name: second, gpu: 2, input_mounts: {x: /x}}
`)
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	r := site.Run("impossible", "known to be so", func(r api.Run) bool { return r.Tasks[1].State == run.TaskFailed && testenv.Running(1)(r) })
	if want := "it wants 2 GPU and no executor of this site"; !strings.Contains(r.Tasks[1].Reason, want) {
		t.Errorf("the reason is %q, want one with %q", r.Tasks[1].Reason, want)
	}
	if err := site.Backend().Release(sdk.AttemptID(r.Tasks[0].Attempts[0].ID)); err != nil {
		t.Fatal(err)
	}
	site.Ended("impossible", run.Failed)
}

// A cluster assigns GPUs and nodes itself: it is asked for a number of GPUs,
// told how urgent the flow is and where earlier tries were lost, and given as
// many tasks at once as it takes.
func TestACluster(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, "executor \"fake\" \"cluster\" {\n config {\n dir = \"SITE/cluster\"\n local = false\n cluster_gpus = 4\n }\n}\n")
	site.Flow("lost", "triggers: [{Modality: CT}]\npriority: 3\nmodels: [{image: any, gpu: 2, options: {hold: true, reason: node_lost}}]\n")
	site.Flow("too-many", "triggers: [{Modality: CT}]\nmodels: [{image: any, gpu: 5}]\n")
	many := 2*runtime.NumCPU() + 1 // more than this host would be given
	for n := range many {
		site.Flow(fmt.Sprint("many", n), "triggers: [{Modality: MR}]\nmodels: [{image: any, options: {hold: true}}]\n")
	}
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	if r := site.Ended("too-many", run.Failed); !strings.Contains(r.Reason, "it wants 5 GPU") {
		t.Errorf("a task that wants too many: %s", r.Reason)
	}
	cluster := backendOf(site, "cluster")
	for n, avoid := range [][]string{nil, {"fake"}, {"fake"}} {
		lost := site.Run("lost", "at its next try", func(r api.Run) bool { return len(r.Tasks[0].Attempts) == n+1 && testenv.Running(1)(r) })
		attempt := lost.Tasks[0].Attempts[n]
		task, err := cluster.Task(sdk.AttemptID(attempt.ID))
		if err != nil || !slices.Equal(task.AvoidNodes, avoid) {
			t.Errorf("try %d is to avoid %q, want %q (%v)", n+1, task.AvoidNodes, avoid, err)
		}
		if task.GPUCount != 2 || len(task.GPUs) > 0 || task.Priority != 3 || len(attempt.GPUs) > 0 {
			t.Errorf("try %d: %d GPUs asked for, %v given, priority %d, %v leased", n+1, task.GPUCount, task.GPUs, task.Priority, attempt.GPUs)
		}
		release(t, cluster, lost)
	}
	lost := site.Run("lost", "to be tried again", func(r api.Run) bool { return len(r.Tasks[0].Attempts) >= 3 })
	acts(t, site, 0, "cancel", string(lost.ID))
	site.Ended("lost", run.Canceled)

	site.Send(testenv.Write(t, testenv.Object{Modality: "MR"})...)
	for n := range many {
		site.Run(fmt.Sprint("many", n), "running", testenv.Running(1))
	}
}
