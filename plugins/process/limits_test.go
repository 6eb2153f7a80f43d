package process_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/process"
	"github.com/raddeploy/raddeploy/plugins/process/internal/cgroup"
	"github.com/raddeploy/raddeploy/sdk"
)

const testCgroup = "raddeploy-test"

// Limits are kept where the host has a cgroup v2 with controllers that we may
// use. Many have not: there a limit is a warning, and the task runs without it.
func TestLimits(t *testing.T) {
	if err := cgroup.Prepare(cgroup.Mount, testCgroup); err != nil {
		t.Log("no limits here:", err)
		withoutLimits(t)
		return
	}
	t.Run("memory", memoryLimit)
	t.Run("of a task that keeps them", limitsThatAreKept)
	t.Run("a killed shim leaves no cgroup", killedShimLeavesNoCgroup)
}

func withoutLimits(t *testing.T) {
	s := newSite(t, process.Config{Cgroup: testCgroup})
	task := s.shell("unlimited", "echo ran")
	task.Resources = sdk.Resources{Memory: 256 << 20, NanoCPUs: 1_500_000_000}
	found, err := s.Executor.ValidateTask(t.Context(), task)
	// another matter
	found = slices.DeleteFunc(found, func(d sdk.Diagnostic) bool { return d.Path[0] == "image" })
	if err != nil || len(found) != 2 || found.Failed() {
		t.Errorf("want a warning for each of the two limits, got %+v, %v", found, err)
	}
	if got := s.must(task); got != "ran\n" {
		t.Errorf("it printed %q", got)
	}
}

func limitedSite(t *testing.T) *site {
	t.Helper()
	t.Cleanup(func() {
		if err := os.Remove(filepath.Join(cgroup.Mount, testCgroup)); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("an attempt's cgroup is left: %v", err)
		}
	})
	return newSite(t, process.Config{Cgroup: testCgroup})
}

func memoryLimit(t *testing.T) {
	s := limitedSite(t)
	task := s.shell("greedy", "exec tail /dev/zero")
	task.Resources.Memory, task.Resources.MemorySwap = 64<<20, 64<<20
	if found, err := s.Executor.ValidateTask(t.Context(), task); len(found) > 0 || err != nil {
		t.Errorf("%+v, %v", found, err)
	}
	exit := s.run(task)
	if exit.Reason != sdk.OutOfMemory || !strings.Contains(exit.Message, "mem_limit") {
		t.Errorf("got %+v", *exit)
	}
	if exit.Usage.MemoryPeak > task.Resources.Memory+1<<20 {
		t.Errorf("it used %d bytes", exit.Usage.MemoryPeak)
	}
	within := s.shell("greedy-within", "tail /dev/zero; echo survived")
	within.Resources = task.Resources
	if exit := s.run(within); !exit.Succeeded() || !exit.OOMKilled || s.Logs(within.Attempt, sdk.Stdout) != "survived\n" {
		t.Errorf("a process within: %+v", *exit)
	}
}

func limitsThatAreKept(t *testing.T) {
	s := limitedSite(t)
	task := s.shell("modest", "cd /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup) && cat memory.max pids.max cpu.max cpu.weight")
	task.Resources = sdk.Resources{Memory: 256 << 20, PIDs: 50, NanoCPUs: 1_500_000_000, CPUShares: 1024}
	if got, want := s.must(task), "268435456\n50\n150000 100000\n39\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func killedShimLeavesNoCgroup(t *testing.T) {
	s := limitedSite(t)
	s.Start(s.shell("killed", "echo ready; sleep 1000"))
	s.Says("killed", "ready")
	s.killShim("killed")
	if exit := s.end("killed"); exit.Reason != sdk.Vanished {
		t.Errorf("got %+v", *exit)
	}
}
