package plan

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/run"
)

// What tasks wait for is told once, and again when it has changed.
func TestWaitingIsToldOnce(t *testing.T) {
	var q Queue
	q.Add(Ready{Run: "a", Seq: 1}, "")
	q.Add(Ready{Run: "b", Seq: 2}, "waits for a free CPU slot") // as an earlier agent recorded it
	busy := []Executor{{Instance: "box", Up: true, AllCPUs: 1}}
	away := []Executor{{Instance: "box", Message: "no answer", AllCPUs: 1}}
	told := func(most int) map[run.ID]string {
		told := map[run.ID]string{}
		for _, v := range q.Waiting(most) {
			told[v.Run] = v.Reason
		}
		return told
	}
	expect := func(step string, got, want map[run.ID]string) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", step, diff)
		}
	}
	slot, executor := "waits for a free CPU slot", "waits for an executor: box: no answer"
	q.Place(busy)
	expect("at first", told(9), map[run.ID]string{"a": slot})
	q.Place(busy)
	expect("nothing has changed", told(9), map[run.ID]string{})
	q.Place(away)
	news := q.Waiting(9)
	q.Untell(news)
	expect("it could not be recorded", told(9), map[run.ID]string{"a": executor, "b": executor})
	q.Place(busy)
	if first, rest := told(1), told(9); len(first) != 1 || len(rest) != 1 {
		t.Errorf("a part of it: %v, then %v", first, rest)
	}
	q.Place(away)
	q.Remove("a", 0)
	q.Remove("a", 0)
	expect("of a task that has gone", told(9), map[run.ID]string{"b": executor})
	q.Untell(news) // of which one has gone
	if q.Len() != 1 {
		t.Errorf("%d tasks are left, want 1", q.Len())
	}
}

// A task that is added again counts once, as it is now.
func TestAddedAgain(t *testing.T) {
	var q Queue
	q.Add(Ready{Run: "a", GPUs: 1}, "")
	q.Add(Ready{Run: "a"}, "")
	if diff := cmp.Diff([]Ask{{}}, q.Asks()); diff != "" || q.Len() != 1 {
		t.Errorf("%d tasks ask for: -want +got:\n%s", q.Len(), diff)
	}
}

// What is decided about does not grow with what waits.
func BenchmarkPlace(b *testing.B) {
	for _, waiting := range []int{100, 1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(waiting), func(b *testing.B) {
			var q Queue
			for n := range waiting {
				q.Add(Ready{Run: run.ID(fmt.Sprint(n)), Seq: int64(n)}, "waits for a free CPU slot")
			}
			site := []Executor{{Instance: "box", Up: true, CPUs: 1, AllCPUs: 4}}
			n := waiting
			for b.Loop() {
				if started := q.Place(site).Start; len(started) != 1 {
					b.Fatal(started)
				}
				q.Add(Ready{Run: run.ID(fmt.Sprint(n)), Seq: int64(n)}, "")
				n++
			}
		})
	}
}
