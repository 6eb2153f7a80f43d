package fleet

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

const uuid = "GPU-11111111-1111-1111-1111-111111111111"

// shared is a site of two executors of this host, which call its one GPU by two
// names, and a third one with another GPU.
func shared(t *testing.T) *site {
	s := newSite(t, nil,
		config.Executor{Plugin: "docker", Instance: "a", CPUs: 2, GPUs: []string{uuid}},
		config.Executor{Plugin: "docker", Instance: "b", CPUs: 3, GPUs: []string{"0"}},
		config.Executor{Plugin: "docker", Instance: "c", CPUs: 1, GPUs: []string{"1"}},
	)
	both := []sdk.Device{{Index: "0", UUID: uuid}, {Index: "1", UUID: "GPU-2"}}
	for _, e := range s.executors {
		if _, err := s.inventory.Tell(e.Instance(), sdk.Fingerprint{Health: sdk.Healthy, Local: true, GPUs: both}); err != nil {
			t.Fatal(err)
		}
		e.reconciled.Store(true)
	}
	return s
}

// board shows what each executor has left: CPUs, tasks, and its GPUs, "+" for
// one that is free.
func (s *site) board() string {
	var all []string
	for _, e := range s.Board() {
		text := fmt.Sprintf("%s %d/%d", e.Instance, e.CPUs, e.Tasks)
		for _, gpu := range e.GPUs {
			text += map[bool]string{true: " +", false: " -"}[gpu.Free]
			if gpu.Stuck {
				text += "(" + strings.ReplaceAll(gpu.Note, uuid, "UUID") + ")"
			}
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// A lease lasts as its holder may use what it leased.
func TestLeases(t *testing.T) {
	now := time.Now()
	ended := sdk.Exit{Reason: sdk.Exited, Started: now, Finished: now}
	made := sdk.Exit{Reason: sdk.Vanished, Started: now} // the agent's own word
	gpu := run.Attempt{ID: "gpu", Executor: "a", GPUs: []string{uuid}}
	cpu := run.Attempt{ID: "cpu", Executor: "b"}

	const free, gpuHeld = "a 2/0 +, b 3/0 +, c 1/0 +", "a 2/1 -, b 3/0 -, c 1/0 +"
	const cpuHeld = "a 2/0 +, b 2/1 +, c 1/0 +"
	for _, test := range []struct {
		name string
		do   func(f *Fleet)
		want string
	}{
		{"nothing", func(f *Fleet) {}, free},
		{"a GPU, by another executor's name", func(f *Fleet) { f.Lease(gpu) }, gpuHeld},
		{"twice", func(f *Fleet) { f.Lease(gpu); f.Lease(gpu) }, gpuHeld},
		{"a CPU slot", func(f *Fleet) { f.Lease(cpu) }, cpuHeld},
		{"a GPU whose process has ended", func(f *Fleet) { f.Lease(gpu); f.Ended("gpu", ended) }, free},
		{"a GPU whose process may go on", func(f *Fleet) { f.Lease(gpu); f.Ended("gpu", made) }, gpuHeld},
		{"a GPU of a start that may have gone half the way", func(f *Fleet) { f.Lease(gpu); f.Ended("gpu", sdk.Exit{}) }, gpuHeld},
		{"a CPU slot whose process may go on", func(f *Fleet) { f.Lease(cpu); f.Ended("cpu", made) }, free},
		{"a GPU that is removed", func(f *Fleet) { f.Lease(gpu); f.Ended("gpu", made); f.Release("gpu") }, free},
		{"of an attempt that was never begun", func(f *Fleet) { f.Lease(cpu); f.Release("cpu") }, free},
		{"of an earlier agent, whose process may go on", func(f *Fleet) { f.LeaseUntilRemoved(gpu, made) }, gpuHeld},
		{"of an earlier agent, whose process has ended", func(f *Fleet) { f.LeaseUntilRemoved(gpu, ended) }, free},
		{"of an earlier agent, a CPU slot", func(f *Fleet) { f.LeaseUntilRemoved(cpu, made) }, free},
		{
			"of a holder that does not end", func(f *Fleet) { f.Lease(gpu); f.Stick("gpu", "task gpu, which does not end") },
			"a 2/1 -(GPU 0 (UUID) may still be used by task gpu, which does not end), " +
				"b 3/0 -(GPU 0 (UUID) may still be used by task gpu, which does not end), c 1/0 +",
		},
		{"of a holder that is said to end after all", func(f *Fleet) { f.Lease(gpu); f.Stick("gpu", "x"); f.Stick("gpu", "") }, gpuHeld},
		{"of what holds nothing", func(f *Fleet) { f.Stick("gpu", "x"); f.Release("gpu"); f.Ended("gpu", ended) }, free},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := shared(t)
			test.do(s.Fleet)
			if got := s.board(); got != test.want {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestNoGPUIsLeasedBeforeLeftoversAreReconciled(t *testing.T) {
	s := shared(t)
	s.executors[0].reconciled.Store(false)
	if got, want := s.board(), "a 2/0 -, b 3/0 +, c 1/0 +"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s.keepGPUs(s.executors[0], sdk.Errorf(sdk.Unavailable, "no answer"))
	if got, want := s.board(), "a 2/0 -(executor a may hold unknown tasks, and leases no GPU until they are removed: no answer), b 3/0 +, c 1/0 +"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s.executors[0].reconciled.Store(true)
	if got, want := s.board(), "a 2/0 +, b 3/0 +, c 1/0 +"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestHostsAndDevices(t *testing.T) {
	s := shared(t)
	_, err := s.inventory.Tell("c", sdk.Fingerprint{Health: sdk.Healthy}) // it is not of this host
	s.check(err)
	var hosts []string
	for _, e := range s.Board() {
		hosts = append(hosts, e.Host)
	}
	if diff := cmp.Diff([]string{thisHost, thisHost, ""}, hosts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]sdk.Device{{Index: "0", UUID: uuid}}, s.Devices("b", []string{uuid})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]sdk.Device{{Index: "0"}}, s.Executor("b").Draft(1)); diff != "" {
		t.Errorf("draft: %s", diff)
	}
	if draft := s.Executor("b").Draft(2); draft != nil {
		t.Errorf("draft of more than the site gives: %v", draft)
	}
}

func TestExecutors(t *testing.T) {
	s := shared(t)
	if !s.Configured("a") || s.Configured("gone") {
		t.Error("a is configured, and gone is not")
	}
	if s.Executor("b") != s.Executors()[1] {
		t.Error("b is not the second executor")
	}
	gone := s.Executor("gone")
	if gone != s.Executor("gone") || gone.Up() || gone.Instance() != "gone" {
		t.Errorf("gone is %+v, up %v", gone.Status(), gone.Up())
	}
	want := Status{
		Instance: "a", Plugin: "docker", Health: Starting, Message: s.Executor("a").Message(), CPUs: 2, GPUs: 1,
		Fingerprint: s.Executor("a").Fingerprint(), Devices: Devices{Free: 1},
	}
	if diff := cmp.Diff(want, s.Statuses()[0]); diff != "" {
		t.Error(diff)
	}
}
