package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/run"
)

// box is a host with GPUs over time: tasks come, are placed, take as long as
// they say, and end.
type box struct {
	gpus   int
	cpus   int
	now    int
	ready  Queue
	length map[run.ID]int
	ends   map[run.ID]int // of the tasks that run
	holds  map[run.ID]Placement
	began  map[run.ID]int
	log    []string
}

func newBox(cpus, gpus int) *box {
	return &box{cpus: cpus, gpus: gpus, length: map[run.ID]int{}, ends: map[run.ID]int{},
		holds: map[run.ID]Placement{}, began: map[run.ID]int{}}
}

// add makes a task ready that takes a number of ticks.
func (b *box) add(length int, task Ready) {
	b.ready.Add(task, "")
	b.length[task.Run] = length
}

// tick lets end what has run long enough, and then starts what Place says.
func (b *box) tick() {
	b.now++
	for id, end := range b.ends {
		if end <= b.now {
			delete(b.ends, id)
			delete(b.holds, id)
		}
	}
	e := Executor{Instance: "box", Up: true, CPUs: b.cpus, AllCPUs: b.cpus}
	for i := range b.gpus {
		name := fmt.Sprint("g", i)
		held := false
		for _, p := range b.holds {
			held = held || slices.Contains(p.GPUs, name)
		}
		e.GPUs = append(e.GPUs, GPU{Name: name, Free: !held})
	}
	for _, p := range b.holds {
		if len(p.GPUs) == 0 {
			e.CPUs--
		}
	}
	for _, p := range b.ready.Place([]Executor{e}).Start {
		b.holds[p.Run], b.ends[p.Run], b.began[p.Run] = p, b.now+b.length[p.Run], b.now
		b.log = append(b.log, fmt.Sprintf("%d %s on %s", b.now, p.Run, strings.Join(p.GPUs, " ")))
	}
}

// A story in ticks: two GPUs that are never free together, and a task that
// wants both.
func TestWideTaskIsNotOvertaken(t *testing.T) {
	b := newBox(1, 2)
	b.add(3, Ready{Run: "a", Seq: 1, GPUs: 1})
	b.tick()
	b.add(3, Ready{Run: "b", Seq: 2, GPUs: 1})
	b.tick()
	b.add(2, Ready{Run: "wide", Seq: 3, GPUs: 2})
	for n := range 4 {
		b.add(3, Ready{Run: run.ID(fmt.Sprint("narrow", n)), Seq: int64(4 + n), GPUs: 1})
	}
	b.add(1, Ready{Run: "cpu", Seq: 9})
	for range 8 {
		b.tick()
	}
	want := []string{"1 a on g0", "2 b on g1", "3 cpu on ", "5 wide on g0 g1", "7 narrow0 on g0", "7 narrow1 on g1", "10 narrow2 on g0", "10 narrow3 on g1"}
	if diff := cmp.Diff(want, b.log); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// An adversary sends tasks that want one GPU, each in time to take the next one
// that gets free, for as long as it likes. The wide tasks in between start as
// soon as what ran when they came has ended, and CPU tasks start when they
// come.
func TestStreamOfNarrowTasks(t *testing.T) {
	b := newBox(1, 4)
	const length = 5
	came := map[run.ID]int{}
	for n := range 1000 {
		seq := int64(n + 1)
		b.add(length, Ready{Run: run.ID(fmt.Sprint("narrow", n)), Seq: seq, GPUs: 1})
		cpu := run.ID(fmt.Sprint("cpu", n))
		b.add(1, Ready{Run: cpu, Seq: seq, Task: 1})
		if gpus := map[int]int{100: 2, 300: 4, 303: 2}[n]; gpus > 0 {
			id := run.ID(fmt.Sprint("wide", n))
			came[id] = n
			b.add(length, Ready{Run: id, Seq: seq, Task: 2, GPUs: gpus})
		}
		b.tick()
		if b.began[cpu] != b.now {
			t.Fatalf("tick %d: the CPU task waits", b.now)
		}
	}
	// More comes than the GPUs can do, so narrow ones that came before are
	// ahead of each wide one. Once they have begun, it waits for their end at
	// the most.
	for wide, n := range came {
		before := 0
		for k := range n + 1 {
			before = max(before, b.began[run.ID(fmt.Sprint("narrow", k))])
		}
		if began, ok := b.began[wide]; !ok || began > before+length {
			t.Errorf("%s began at tick %d (%v), and the last of those before it at %d", wide, began, ok, before)
		}
	}
}

// Later tasks of runs go first, so a stream of flows whose second model wants a
// GPU stands before a first model that wants two, whenever it came. They
// overtake it a bounded number of times.
func TestStreamOfLaterTasks(t *testing.T) {
	for _, gpus := range []int{1, 2, 4} {
		b := newBox(0, 4)
		b.add(1, Ready{Run: "old", Seq: 1, GPUs: gpus})
		b.holds["busy"] = Placement{GPUs: []string{"g0", "g1", "g2", "g3"}}
		b.ends["busy"] = 5
		for n := range 200 {
			for k := range 4 { // always enough for all that gets free
				b.add(3+k, Ready{Run: run.ID(fmt.Sprintf("later%d-%d", n, k)), Seq: int64(2 + n), GPUs: 1, Later: true})
			}
			b.tick()
		}
		overtook := 0
		for id, began := range b.began {
			if id != "old" && began < b.began["old"] {
				overtook++
			}
		}
		if b.began["old"] == 0 || overtook > MaxOvertaken+4 {
			t.Errorf("a task that wants %d began at tick %d after %d newer ones, want no more than %d and those of one tick", gpus, b.began["old"], overtook, MaxOvertaken)
		}
	}
}

// A higher priority is the site's wish: nothing overtakes it by waiting.
func TestOvertakingRespectsPriorities(t *testing.T) {
	var q Queue
	q.Add(Ready{Run: "old", Seq: 1, GPUs: 1, Overtook: MaxOvertaken}, "")
	q.Add(Ready{Run: "urgent", Seq: 2, Priority: 5, GPUs: 1, Later: true}, "")
	d := q.Place([]Executor{{Instance: "box", Up: true, GPUs: []GPU{{Name: "g0", Free: true}}}})
	if len(d.Start) != 1 || d.Start[0].Run != "urgent" || q.tasks[taskKey{"old", 0}].Overtook != MaxOvertaken {
		t.Errorf("decision %+v", d)
	}
}
