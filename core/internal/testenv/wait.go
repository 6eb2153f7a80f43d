package testenv

import (
	"fmt"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/run"
)

// Arrivals are the newest arrivals, oldest first.
func (s *Site) Arrivals() []api.Arrival {
	s.t.Helper()
	page, err := s.Client().Arrivals(s.t.Context(), api.ArrivalQuery{})
	if err != nil {
		s.t.Fatal(err)
	}
	slices.Reverse(page.Items)
	return page.Items
}

// Arrival waits until there are n arrivals and the nth of them, from 1, is in a
// state. It returns that one with its runs.
func (s *Site) Arrival(n int, state run.ArrivalState) api.Arrival {
	s.t.Helper()
	var id string
	Until(s.t, fmt.Sprintf("arrival %d to be %s", n, state), func() (bool, string) {
		all := s.Arrivals()
		if len(all) < n {
			return false, fmt.Sprintf("%d arrivals", len(all))
		}
		id = string(all[n-1].ID)
		return all[n-1].State == state, string(all[n-1].State) + " " + all[n-1].Reason
	})
	arrival, err := s.Client().Arrival(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return arrival
}

// Runs are the newest runs of a flow with everything about them, oldest first.
func (s *Site) Runs(flow string) []api.Run {
	s.t.Helper()
	page, err := s.Client().Runs(s.t.Context(), api.RunQuery{})
	if err != nil {
		s.t.Fatal(err)
	}
	var runs []api.Run
	for _, r := range slices.Backward(page.Items) {
		if r.Flow != flow {
			continue
		}
		r, err := s.Client().Run(s.t.Context(), string(r.ID))
		if err != nil {
			s.t.Fatal(err)
		}
		runs = append(runs, r)
	}
	return runs
}

// Run waits until the newest run of a flow satisfies done. One that has ended
// otherwise fails the test.
func (s *Site) Run(flow, what string, done func(api.Run) bool) api.Run {
	s.t.Helper()
	var newest api.Run
	Until(s.t, "run of "+flow+" to be "+what, func() (bool, string) {
		runs := s.Runs(flow)
		if len(runs) == 0 {
			return false, "not there"
		}
		newest = runs[len(runs)-1]
		ok := done(newest)
		if !ok && newest.State.Final() {
			s.t.Fatalf("run of %s is not %s: %s", flow, what, Describe(newest))
		}
		return ok, Describe(newest)
	})
	return newest
}

// Ended waits until the newest run of a flow has ended, and checks that it
// ended in a state.
func (s *Site) Ended(flow string, state run.State) api.Run {
	s.t.Helper()
	return s.Run(flow, string(state), func(r api.Run) bool { return r.State == state && r.State.Final() })
}

// Describe says on one line how a run stands.
func Describe(r api.Run) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", r.State, r.Reason)
	for _, task := range r.Tasks {
		fmt.Fprintf(&b, "; task %s %s %s", task.Name, task.State, task.Reason)
		for _, attempt := range task.Attempts {
			fmt.Fprintf(&b, " (%d %s %s)", attempt.Number, attempt.State, attempt.Doing)
		}
	}
	for _, d := range r.Deliveries {
		fmt.Fprintf(&b, "; delivery to port %d %s after %d tries, %d of %d sent %s", d.Port, d.State, d.Tries, d.Sent, d.Objects, d.Reason)
	}
	return b.String()
}

// Running reports whether every attempt of a run that has begun is in its
// process, and there are n of them.
func Running(n int) func(api.Run) bool {
	return func(r api.Run) bool {
		running := 0
		for _, task := range r.Tasks {
			for _, attempt := range task.Attempts {
				if attempt.State == run.AttemptStarted && attempt.Doing == "running" {
					running++
				}
			}
		}
		return running == n
	}
}
