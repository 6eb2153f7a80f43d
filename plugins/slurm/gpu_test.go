package slurm

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/clustertest"
	"github.com/raddeploy/raddeploy/sdk"
)

// The cluster assigns its GPUs, whichever way they are asked for. Who gets none
// waits, and says so; who asks for more than a node has is told.
func TestGPUs(t *testing.T) {
	t.Parallel()
	c := clustertest.WithGPUs(t, 1)
	for _, config := range []string{`, "gpu_type": "a100"`, `, "gpus": "gres"`} {
		t.Run(config, func(t *testing.T) {
			s := newSiteOn(t, c, config)
			if err := s.Executor.Fingerprint(t.Context(), func(f sdk.Fingerprint) error {
				if f.ClusterGPUs != 1 || len(f.GPUs) != 0 {
					t.Errorf("fingerprint: %+v", f)
				}
				return sitetest.ErrEnough
			}); !errors.Is(err, sitetest.ErrEnough) {
				t.Fatal(err)
			}
			withGPUs := func(script string, n int) *sdk.Task {
				task := s.Task(script)
				task.GPUCount = n
				return task
			}
			first, second := withGPUs("echo $CUDA_VISIBLE_DEVICES; while test ! -e "+s.Root+"/go; do sleep 0.05; done", 1), withGPUs("echo $CUDA_VISIBLE_DEVICES", 1)
			s.Start(first)
			s.Says(first.Attempt, "0\n")
			s.Start(second)
			if why := s.waits(second.Attempt); why != "Resources" && why != "Priority" {
				t.Errorf("it waits for %q", why)
			}
			if none := s.Run(s.Task("test -z \"$CUDA_VISIBLE_DEVICES\"")); !none.Succeeded() {
				t.Errorf("a task without a GPU: %+v", none)
			}
			s.Folder("", "go", "")
			for _, task := range []*sdk.Task{first, second} {
				if ended := s.Watch(task.Attempt); !ended.Succeeded() || s.Logs(task.Attempt, sdk.Stdout) != "0\n" {
					t.Errorf("%+v", ended)
				}
			}
			if found, err := s.Executor.ValidateTask(context.Background(), withGPUs("true", 2)); err != nil || !strings.Contains(found.Err().Error(), "no node of the cluster has more than 1") {
				t.Errorf("two GPUs: %v, %v", found, err)
			}
		})
	}
}

// A job of higher priority takes the node: the attempt ends as preempted,
// whatever its process made of the signal.
func TestPreempted(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"CANCEL", "REQUEUE"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := newSiteOn(t, clustertest.New(t, 1, "PreemptType=preempt/partition_prio", "PreemptMode="+mode, "PartitionName=urgent Nodes=ALL PriorityTier=10 State=UP"), "")
			task := s.Task("trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done")
			task.Resources.NanoCPUs = 64e9
			s.Start(task)
			s.Says(task.Attempt, "ready")
			if out, err := s.cluster.Command("sbatch", "--partition=urgent", "--cpus-per-task=64", "--output=/dev/null", "--wrap=true").CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if ended := s.WatchOn(task.Attempt); ended.Reason != sdk.Preempted || ended.Node == "" {
				t.Errorf("%+v", ended)
			}
			if jobs := s.jobs(task.Attempt); len(jobs) != 1 {
				t.Errorf("jobs %v", jobs)
			}
		})
	}
}
