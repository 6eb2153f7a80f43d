package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// A model in which the kernel kills a process for memory, and which ends well all
// the same, fails its run unless the flow says "warn", on one host and on a cluster.
func TestKilledForMemoryWithin(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Docker(t, 1), testenv.Containerd(t, "cpus = 1"), replace(t, testenv.Slurm(t), `"charliecloud"`, `"oci"`))
	want := map[string]run.State{"fail": run.Failed, "warn": run.Done}
	executors := []string{"docker", "containerd", "cluster"}
	for _, executor := range executors {
		for oom := range want {
			site.Flow(executor+"-"+oom, fmt.Sprintf("triggers: [{Modality: CT}]\nmodels:\n  - image: 127.0.0.1:5000/busybox:latest\n    executor: %s\n    oom: %s\n    mem_limit: 16m\n"+
				"    network_disabled: true\n    command: [sh, -c, 'tail /dev/zero >/dev/null 2>&1; cp /input/* /output/']\n", executor, oom))
		}
	}
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	for _, executor := range executors {
		for oom, state := range want {
			r := site.Ended(executor+"-"+oom, state)
			if attempt := r.Tasks[0].Attempts[0]; len(r.Tasks[0].Attempts) != 1 || attempt.Executor != executor {
				t.Errorf("%s, %s: %s", executor, oom, testenv.Describe(r))
			}
			if oom == "fail" && !strings.Contains(r.Reason, "memory") {
				t.Errorf("%s: the reason is %q", executor, r.Reason)
			}
		}
	}
}
