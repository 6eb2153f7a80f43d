package plan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/run"
)

// Whatever the site and the queue: no device is leased that is not free, or
// twice, or with one that it overlaps; no slots are given out that are not
// there; every task is told something, once.
func TestWhateverIsReady(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		executors := randomSite(r)
		var ready []Ready
		for n, seq := range r.Perm(r.IntN(30)) {
			ready = append(ready, Ready{Run: run.ID(fmt.Sprint(n)), Seq: int64(seq), Priority: r.IntN(3), Later: r.IntN(3) == 0, GPUs: r.IntN(4),
				Executor: []string{"", "", "e0", "e1"}[r.IntN(4)], Overtook: r.IntN(2 * MaxOvertaken)})
		}
		d, wait := place(ready, executors)
		if diff := cmp.Diff(oneByOne(ready, executors), d.Start); diff != "" {
			t.Errorf("seed %d: looking at every task would start others: -want +got:\n%s", seed, diff)
		}
		told := map[run.ID]int{}
		for _, v := range append(wait, d.Impossible...) {
			told[v.Run]++
			if v.Reason == "" {
				t.Errorf("seed %d: task %s is told nothing", seed, v.Run)
			}
		}
		var leased []GPU
		tasks, slots, shared, most := map[string]int{}, map[string]int{}, 0, 0
		for _, p := range d.Start {
			told[p.Run]++
			e := executors[slices.IndexFunc(executors, func(e Executor) bool { return e.Instance == p.Executor })]
			task := ready[slices.IndexFunc(ready, func(task Ready) bool { return task.Run == p.Run })]
			if !e.Up || task.Executor != "" && task.Executor != e.Instance || len(p.GPUs) != task.GPUs {
				t.Errorf("seed %d: %+v on %+v", seed, p, e)
			}
			tasks[e.Instance]++
			if task.GPUs == 0 {
				slots[e.Instance]++
			}
			for _, name := range p.GPUs {
				gpu := e.GPUs[slices.IndexFunc(e.GPUs, func(gpu GPU) bool { return gpu.Name == name })]
				if !gpu.Free || gpu.Missing || slices.ContainsFunc(leased, gpu.excludes) {
					t.Errorf("seed %d: %s is leased, and so are %v", seed, name, leased)
				}
				leased = append(leased, gpu)
			}
		}
		for _, e := range executors {
			if slots[e.Instance] > max(0, e.CPUs) || e.Most > 0 && tasks[e.Instance] > max(0, e.Most-e.Tasks) {
				t.Errorf("seed %d: %d tasks, %d of them in slots, on %+v", seed, tasks[e.Instance], slots[e.Instance], e)
			}
			if e.Host != "" {
				shared, most = shared+slots[e.Instance]+e.AllCPUs-e.CPUs, max(most, e.AllCPUs)
			}
		}
		began := 0
		for _, e := range executors {
			if e.Host != "" {
				began += slots[e.Instance]
			}
		}
		if began > 0 && shared > most {
			t.Errorf("seed %d: %d slots of the host's %d are taken", seed, shared, most)
		}
		for _, task := range ready {
			if told[task.Run] != 1 {
				t.Errorf("seed %d: task %s is told %d things", seed, task.Run, told[task.Run])
			}
		}
	}
}

// oneByOne is what a queue has to start, decided by looking at every task.
func oneByOne(ready []Ready, executors []Executor) []Placement {
	p := placing{site: newSite(executors)}
	for _, task := range slices.SortedFunc(slices.Values(ready), order) {
		candidates := p.site.able(task.Ask())
		if i := slices.IndexFunc(candidates, func(e *Executor) bool { return p.site.has(e, task) }); i >= 0 {
			p.start(task, candidates[i])
		} else if task.GPUs > 0 {
			p.site.reserve(candidates, task)
		}
	}
	return p.decision.Start
}

// randomSite is up to four executors, some of which share devices and a host.
// Devices p and q are parts of w.
func randomSite(r *rand.Rand) []Executor {
	free := map[string]bool{}
	for _, name := range []string{"a", "b", "c", "p", "q", "w"} {
		free[name] = r.IntN(3) > 0
	}
	executors := make([]Executor, r.IntN(4)+1)
	for i := range executors {
		e := &executors[i]
		*e = Executor{Instance: fmt.Sprint("e", i), Up: r.IntN(4) > 0, AllCPUs: r.IntN(4), Most: r.IntN(5), Tasks: r.IntN(3), Host: []string{"", "here"}[r.IntN(2)]}
		e.CPUs = e.AllCPUs - min(e.AllCPUs, r.IntN(3))
		for _, name := range []string{"a", "b", "c", "p", "q", "w"} {
			if r.IntN(2) == 0 {
				overlaps := map[string][]string{"p": {"w"}, "q": {"w"}, "w": {"p", "q"}}[name]
				e.GPUs = append(e.GPUs, GPU{Name: name, Free: free[name], Missing: r.IntN(8) == 0, Overlaps: overlaps})
			}
		}
	}
	return executors
}
