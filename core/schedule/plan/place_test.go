package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/run"
)

// Each case reads: what is ready, what the executors have, and what happens.
func TestPlace(t *testing.T) {
	docker := func(cpus int, gpus ...string) Executor {
		return Executor{Instance: "docker", Up: true, CPUs: cpus, AllCPUs: 4, GPUs: devices(2, gpus)}
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
			[]Executor{docker(0, "GPU-1"), {Instance: "containerd", Up: true, GPUs: devices(1, []string{"GPU-1"})}},
			"start a/0 on docker with GPU-1; b/0 waits for a free GPU"},
		{"a task that is pinned waits for its executor, though another is free",
			[]Ready{{Run: "a", Executor: "slurm"}}, []Executor{docker(4), away},
			"a/0 waits for an executor: slurm: no answer"},
		{"an executor that is away is passed over",
			[]Ready{task("a", 1)}, []Executor{away, docker(4)},
			"start a/0 on docker"},
		{"local executors share the host's slots, and each keeps to its own",
			[]Ready{task("a", 1), task("b", 2), task("c", 3), {Run: "d", Seq: 4, Executor: "one"}},
			[]Executor{
				{Instance: "one", Up: true, Host: "here", CPUs: 1, AllCPUs: 1},
				{Instance: "two", Up: true, Host: "here", CPUs: 2, AllCPUs: 3},
			},
			"start a/0 on one; start b/0 on two; c/0 waits for a free CPU slot; d/0 waits for a free CPU slot"},
		{"another host has slots of its own",
			[]Ready{task("a", 1), task("b", 2)},
			[]Executor{{Instance: "one", Up: true, Host: "here", CPUs: 0, AllCPUs: 2}, {Instance: "two", Up: true, Host: "here", CPUs: 2, AllCPUs: 2}, {Instance: "far", Up: true, CPUs: 2, AllCPUs: 2}},
			"start a/0 on far; start b/0 on far"},
		{"a backend takes only so many tasks, with and without GPUs",
			[]Ready{task("a", 1), {Run: "b", Seq: 2, GPUs: 1}, {Run: "c", Seq: 3, GPUs: 1}},
			[]Executor{{Instance: "docker", Up: true, CPUs: 4, AllCPUs: 4, Most: 3, Tasks: 1, GPUs: devices(2, []string{"GPU-1", "GPU-2"})}},
			"start a/0 on docker; start b/0 on docker with GPU-1; c/0 waits for docker, which takes 3 tasks at once"},
		{"two at once, or none",
			[]Ready{{Run: "a", GPUs: 2}}, []Executor{docker(1, "GPU-2")},
			"a/0 waits for 2 free GPUs at once, of which 1 is kept for it"},
		{"what is kept for the first is not for those behind it, and CPU tasks go on",
			[]Ready{{Run: "a", GPUs: 2}, {Run: "b", Seq: 1, GPUs: 1}, task("c", 2)}, []Executor{docker(1, "GPU-2")},
			"start c/0 on docker; a/0 waits for 2 free GPUs at once, of which 1 is kept for it; b/0 waits for a free GPU (1 is kept for a task before it that wants 2)"},
		{"what stands before it in the order takes what is kept",
			[]Ready{{Run: "a", GPUs: 2}, {Run: "b", Seq: 1, GPUs: 1, Priority: 5}}, []Executor{docker(1, "GPU-2")},
			"start b/0 on docker with GPU-2; a/0 waits for 2 free GPUs at once"},
		{"GPUs are kept where the fewest are lacking, and others go on elsewhere",
			[]Ready{{Run: "a", GPUs: 4}, {Run: "b", Seq: 1, GPUs: 1}},
			[]Executor{
				{Instance: "one", Up: true, GPUs: []GPU{{Name: "1a", Free: true}, {Name: "1b"}, {Name: "1c"}, {Name: "1d"}}},
				{Instance: "two", Up: true, GPUs: []GPU{{Name: "2a", Free: true}, {Name: "2b", Free: true}, {Name: "2c"}, {Name: "2d"}}},
			},
			"start b/0 on one with 1a; a/0 waits for 4 free GPUs at once, of which 2 are kept for it"},
		{"nothing is kept where a GPU is missing: it is unknown whether it comes back",
			[]Ready{{Run: "a", GPUs: 2}, {Run: "b", Seq: 1, GPUs: 1}},
			[]Executor{{Instance: "docker", Up: true, GPUs: []GPU{{Name: "GPU-1", Free: true}, {Name: "GPU-2", Free: true, Missing: true}}}},
			"start b/0 on docker with GPU-1; a/0 waits for a GPU that cannot be leased: docker does not see GPU GPU-2"},
		{"nor where what holds one is stuck: it is unknown whether it ends",
			[]Ready{{Run: "a", GPUs: 2}, {Run: "b", Seq: 1, GPUs: 1}},
			[]Executor{{Instance: "docker", Up: true, GPUs: []GPU{{Name: "GPU-1", Free: true}, {Name: "GPU-2", Stuck: true, Note: "GPU-2 may still be used"}}}},
			"start b/0 on docker with GPU-1; a/0 waits for a GPU that cannot be leased: GPU-2 may still be used"},
		{"a cluster assigns its own GPUs: such a task takes a slot",
			[]Ready{{Run: "a", GPUs: 2}, {Run: "b", Seq: 1, GPUs: 4}, {Run: "c", Seq: 2, GPUs: 1}, {Run: "d", Seq: 3, GPUs: 5}},
			[]Executor{docker(0, "GPU-1"), {Instance: "cluster", Up: true, CPUs: 2, AllCPUs: 2, ClusterGPUs: 4}},
			"start a/0 on cluster; start b/0 on cluster; start c/0 on docker with GPU-1; " +
				"d/0 never: it wants 5 GPU and no executor of this site that may run it has as many: give one gpus in the site's configuration"},
		{"nor on an executor that is away",
			[]Ready{{Run: "a", GPUs: 2, Executor: "away"}, {Run: "b", Seq: 1, GPUs: 1}},
			[]Executor{{Instance: "away", Message: "no answer", GPUs: devices(2, []string{"GPU-1"})}, docker(0, "GPU-1")},
			"start b/0 on docker with GPU-1; a/0 waits for an executor: away: no answer"},
		{"a GPU and its parts are not leased together, and the parts go first",
			[]Ready{{Run: "a", GPUs: 2}, {Run: "b", Seq: 1, GPUs: 1}},
			[]Executor{{Instance: "docker", Up: true, GPUs: []GPU{
				{Name: "0:0", Free: true, Overlaps: []string{"0"}}, {Name: "0:1", Free: true, Overlaps: []string{"0"}},
				{Name: "0", Free: true, Overlaps: []string{"0:0", "0:1"}}}}},
			"start a/0 on docker with 0:0 0:1; b/0 waits for a free GPU"},
		{"a whole and its parts count once",
			[]Ready{{Run: "a", GPUs: 3}},
			[]Executor{{Instance: "docker", Up: true, GPUs: []GPU{{Name: "0:0", Overlaps: []string{"0"}}, {Name: "0:1", Overlaps: []string{"0"}}, {Name: "0"}}}},
			"a/0 never: it wants 3 GPU and no executor of this site that may run it has as many: give one gpus in the site's configuration"},
		{"why a GPU is held, if nobody would guess",
			[]Ready{{Run: "a", GPUs: 1}},
			[]Executor{{Instance: "docker", Up: true, GPUs: []GPU{{Name: "GPU-1", Stuck: true, Note: "GPU-1 may still be used"}, {Name: "GPU-2"}}}},
			"a/0 waits for a free GPU (GPU-1 may still be used)"},
		{"an executor that is not there",
			[]Ready{{Run: "a", Executor: "dokcer"}}, []Executor{docker(4), away},
			`a/0 never: executor "dokcer" is not one of this site's (docker, slurm): change the model's executor or the site`},
		{"more GPUs than the site has",
			[]Ready{{Run: "a", GPUs: 3}}, []Executor{docker(4, "GPU-1")},
			"a/0 never: it wants 3 GPU and no executor of this site that may run it has as many: give one gpus in the site's configuration"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, story(test.ready, test.executors)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// devices are n of them, of which those that are named are free.
func devices(n int, free []string) []GPU {
	gpus := make([]GPU, n)
	for i := range gpus {
		gpus[i] = GPU{Name: fmt.Sprintf("GPU-%d", i+1)}
		gpus[i].Free = slices.Contains(free, gpus[i].Name)
	}
	return gpus
}

func task(id run.ID, seq int64) Ready { return Ready{Run: id, Seq: seq} }

// place decides about tasks that become ready all at once. What those that wait
// are told stands in the order of the tasks.
func place(ready []Ready, executors []Executor) (Decision, []Verdict) {
	var q Queue
	for _, task := range ready {
		q.Add(task, "")
	}
	d := q.Place(executors)
	wait := q.Waiting(len(ready))
	position := func(v Verdict) int {
		return slices.IndexFunc(ready, func(task Ready) bool { return task.Run == v.Run && task.Task == v.Task })
	}
	slices.SortFunc(wait, func(a, b Verdict) int { return order(ready[position(a)], ready[position(b)]) })
	return d, wait
}

func story(ready []Ready, executors []Executor) string {
	d, wait := place(ready, executors)
	var lines []string
	for _, p := range d.Start {
		line := fmt.Sprintf("start %s/%d on %s", p.Run, p.Task, p.Executor)
		if len(p.GPUs) > 0 {
			line += " with " + strings.Join(p.GPUs, " ")
		}
		lines = append(lines, line)
	}
	for _, w := range wait {
		lines = append(lines, fmt.Sprintf("%s/%d %s", w.Run, w.Task, w.Reason))
	}
	for _, w := range d.Impossible {
		lines = append(lines, fmt.Sprintf("%s/%d never: %s", w.Run, w.Task, w.Reason))
	}
	return strings.Join(lines, "; ")
}
