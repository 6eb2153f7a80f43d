package plan

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// Only what an executor itself could not do says that it cannot start tasks.
func TestStartOf(t *testing.T) {
	unstarted := sdk.Exit{Reason: sdk.StartFailed}
	for _, test := range []struct {
		what string
		end  run.Ending
		want Start
	}{
		{"a process ended well", run.Ending{Exit: sdk.Exit{Reason: sdk.Exited, Started: time.Now()}}, Worked},
		{"a process was lost", run.Ending{Exit: sdk.Exit{Reason: sdk.NodeLost, Started: time.Now()}}, Worked},
		{"no network for the container", run.Ending{Exit: unstarted}, Failing},
		{"no such program in the image", run.Ending{Exit: sdk.Exit{Reason: sdk.StartFailed, Permanent: true}}, Unsaid},
		{"the executor refused the task", run.Ending{Exit: unstarted, Rejected: true}, Unsaid},
		{"the agent's disk was full", run.Ending{Exit: unstarted, Broken: true}, Unsaid},
		{"no image", run.Ending{Exit: sdk.Exit{Reason: sdk.ImageUnavailable}}, Unsaid},
		{"a container vanished", run.Ending{Exit: sdk.Exit{Reason: sdk.Vanished}}, Unsaid},
	} {
		if got := StartOf(test.end); got != test.want {
			t.Errorf("%s: %v, want %v", test.what, got, test.want)
		}
	}
}

// Each start in a row, and the breaker after it: failures, and pauses if it is open.
func TestBreaker(t *testing.T) {
	const works, fails, says, probeFails = "works", "fails", "says nothing", "the one task fails"
	for _, test := range []struct {
		name   string
		starts []string
		want   []string
	}{
		{"it opens at the third failure, and stays open", []string{fails, fails, fails, fails}, []string{"1", "2", "3 open 1", "4 open 1"}},
		{"a success between begins the count anew", []string{fails, fails, works, fails}, []string{"1", "2", "0", "1"}},
		{"what says nothing changes nothing", []string{fails, says, fails, says, fails, says}, []string{"1", "1", "2", "2", "3 open 1", "3 open 1"}},
		{"each task that it lets through and that fails makes a longer pause", []string{fails, fails, fails, probeFails, probeFails}, []string{"1", "2", "3 open 1", "4 open 2", "5 open 3"}},
		{"one success closes it", []string{fails, fails, fails, probeFails, works, fails}, []string{"1", "2", "3 open 1", "4 open 2", "0", "1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b Breaker
			var got []string
			for _, start := range test.starts {
				b = b.After(map[string]Start{works: Worked, fails: Failing, says: Unsaid, probeFails: Failing}[start], "no bridge", start == probeFails)
				text := fmt.Sprint(b.Failed)
				if b.Open() {
					text += fmt.Sprint(" open ", b.Pauses)
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// An executor that is to show that it can start tasks gets one, and the others go
// where they can, or wait and are told why.
func TestOneTaskShowsWhetherAnExecutorStarts(t *testing.T) {
	sick := Executor{Instance: "sick", Up: true, One: true, Message: "its last 3 starts failed", CPUs: 9, AllCPUs: 9}
	var q Queue
	for i := range 4 {
		q.Add(Ready{Run: run.ID(fmt.Sprint("r", i)), Seq: int64(i)}, "")
	}
	placed := func(d Decision) (all []string) {
		for _, p := range d.Start {
			all = append(all, string(p.Run)+" on "+p.Executor)
		}
		return all
	}
	well := Executor{Instance: "well", Up: true, CPUs: 2, AllCPUs: 2}
	if diff := cmp.Diff([]string{"r0 on sick", "r1 on well", "r2 on well"}, placed(q.Place([]Executor{sick, well}))); diff != "" {
		t.Error(diff)
	}
	sick.Up = false // as the fleet says while the one task is on its way
	if got := placed(q.Place([]Executor{sick})); len(got) > 0 {
		t.Errorf("started %v", got)
	}
	if got, want := q.Waiting(9)[0].Reason, "waits for an executor: sick: its last 3 starts failed"; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
}
