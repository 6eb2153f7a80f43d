package schedule

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/run"
)

// Each case reads: what is ready, what the executors have, and what happens.
func TestPlace(t *testing.T) {
	docker := func(cpus int, gpus ...string) Executor {
		return Executor{Instance: "docker", Up: true, CPUs: cpus, AllCPUs: 4, GPUs: gpus, AllGPUs: 2}
	}
	away := Executor{Instance: "slurm", Message: "no answer", CPUs: 9, AllCPUs: 9}
	tests := []struct {
		name      string
		ready     []Ready
		executors []Executor
		want      string
	}{
		{"nothing is ready", nil, []Executor{docker(4)}, ""},
		{"arrival order among equals",
			[]Ready{task("b", 2), task("a", 1)}, []Executor{docker(2)},
			"start a/0 on docker; start b/0 on docker"},
		{"all ready tasks of a run start side by side, as slots allow",
			[]Ready{{Run: "a", Task: 0}, {Run: "a", Task: 1}, {Run: "a", Task: 2}}, []Executor{docker(2)},
			"start a/0 on docker; start a/1 on docker; a/2 waits for a free CPU slot"},
		{"priority 5 jumps the queue",
			[]Ready{task("early", 1), {Run: "urgent", Seq: 9, Priority: 5}}, []Executor{docker(1)},
			"start urgent/0 on docker; early/0 waits for a free CPU slot"},
		{"a later task of a running run goes before priority",
			[]Ready{{Run: "urgent", Seq: 1, Priority: 5}, {Run: "a", Task: 3, Seq: 2, Later: true}}, []Executor{docker(1)},
			"start a/3 on docker; urgent/0 waits for a free CPU slot"},
		{"a GPU task takes devices and no slot",
			[]Ready{{Run: "a", GPUs: 2}, {Run: "b", Seq: 1}}, []Executor{docker(1, "GPU-1", "GPU-2")},
			"start a/0 on docker with GPU-1 GPU-2; start b/0 on docker"},
		{"one device is one task's, over all executors",
			[]Ready{{Run: "a", GPUs: 1}, {Run: "b", Seq: 1, GPUs: 1}},
			[]Executor{docker(0, "GPU-1"), {Instance: "containerd", Up: true, GPUs: []string{"GPU-1"}, AllGPUs: 1}},
			"start a/0 on docker with GPU-1; b/0 waits for a free GPU"},
		{"a task that is pinned waits for its executor, though another is free",
			[]Ready{{Run: "a", Executor: "slurm"}}, []Executor{docker(4), away},
			"a/0 waits for an executor: slurm: no answer"},
		{"an executor that is away is passed over",
			[]Ready{task("a", 1)}, []Executor{away, docker(4)},
			"start a/0 on docker"},
		{"an executor that is not there",
			[]Ready{{Run: "a", Executor: "dokcer"}}, []Executor{docker(4), away},
			`a/0 never: executor "dokcer" is not one of this site's (docker, slurm): change the model's executor or the site`},
		{"more GPUs than the site has",
			[]Ready{{Run: "a", GPUs: 3}}, []Executor{docker(4, "GPU-1")},
			"a/0 never: it wants 3 GPU and no executor of this site that may run it has as many: give one gpus in the site's configuration"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, story(Place(test.ready, test.executors))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func task(id run.ID, seq int64) Ready { return Ready{Run: id, Seq: seq} }

func story(d Decision) string {
	var lines []string
	for _, p := range d.Start {
		line := fmt.Sprintf("start %s/%d on %s", p.Run, p.Task, p.Executor)
		if len(p.GPUs) > 0 {
			line += " with " + strings.Join(p.GPUs, " ")
		}
		lines = append(lines, line)
	}
	for _, w := range d.Wait {
		lines = append(lines, fmt.Sprintf("%s/%d %s", w.Run, w.Task, w.Reason))
	}
	for _, w := range d.Impossible {
		lines = append(lines, fmt.Sprintf("%s/%d never: %s", w.Run, w.Task, w.Reason))
	}
	return strings.Join(lines, "; ")
}
