package crash_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// rule is a site's way to make arrivals of what senders send.
type rule struct {
	name     string
	dicom    string // settings of the site's block "dicom"
	settings string // further blocks
}

// soon has what nobody needs any more removed while the test runs.
const soon = `retention { files = "15s" files_min = "1s" }`

var rules = []rule{
	{"hold", `on_abort = "hold"`, soon},
	{"process", `on_abort = "process"`, ""},
	{"series", "complete {\n on = \"series\"\n idle = \"1s\"\n}", ""},
	{"study", "complete {\n on = \"study\"\n idle = \"2s\"\n late_window = \"5s\"\n}", soon},
}

// Agent, plugins and engine are killed at random moments, while senders break
// off and send again, destinations come and go, an operator acts, and old files
// are removed. When all have been left alone for long enough, everything that
// was acknowledged has come to an end that the site's rules allow, no attempt
// has run twice, and nothing is left.
func TestKilledAtRandomMoments(t *testing.T) {
	t.Parallel()
	kills := number(t, "RADDEPLOY_KILLS", 64)
	first, until := seed(t), time.Now().Add(soaking(t))
	for n := first; ; n = rand.Uint64N(1_000_000) {
		t.Run(fmt.Sprint("seed ", n), func(t *testing.T) { killAtRandom(t, n, kills) })
		if t.Failed() || !time.Now().Before(until) {
			return
		}
	}
}

func killAtRandom(t *testing.T, seed uint64, kills int) {
	t.Logf("seed %d with %d kills: repeat it with make crash SEED=%d KILLS=%d", seed, kills, seed, kills)
	counts := make([]count, len(rules))
	t.Run("site", func(t *testing.T) {
		for i, rule := range rules {
			t.Run(rule.name, func(t *testing.T) {
				t.Parallel()
				counts[i] = live(t, seed, rule, (kills+len(rules)-1)/len(rules))
			})
		}
	})
	var sum count
	for _, c := range counts {
		sum.add(c)
	}
	t.Logf("seed %d: %d kills of agents, plugins and engines", seed, sum.kills)
	t.Log(sum)
	if sum.kills < kills {
		t.Errorf("%d kills, want %d", sum.kills, kills)
	}
}

// live is the life of one site: its steps, its rest, and what is counted then.
func live(t *testing.T, seed uint64, rule rule, kills int) count {
	s, name := newSite(t, rule), rule.name
	s.saveLog(fmt.Sprintf("%s-%d", name, seed))
	s.LaunchProgram()
	sending, stop := context.WithTimeout(t.Context(), time.Hour)
	defer stop()
	for i, step := range steps(seed, name, 2*kills) {
		if s.kills >= kills {
			break
		}
		t.Logf("%s step %d: %+v", name, i, step)
		s.do(sending, step)
	}
	s.mood.Store(takes)
	s.listening(true)
	s.senders.all.Wait()
	s.operator.all.Wait()
	s.undrain(sending)
	s.rest()
	s.useAll()
	s.rest()
	s.Stop()
	return s.count()
}

// rest waits until nothing is under way.
func (s *site) rest() {
	s.t.Helper()
	testenv.Within(s.t, 10*time.Minute, "everything to end", func() (bool, string) {
		arrivals, err := s.arrivals()
		if err != nil {
			return false, err.Error()
		}
		runs, err := s.runs()
		if err != nil {
			return false, err.Error()
		}
		var open []string
		for _, a := range arrivals {
			if a.State == run.ArrivalReceiving || a.State == run.ArrivalComplete {
				open = append(open, fmt.Sprintf("arrival %s is %s %s", a.ID, a.State, a.Reason))
			}
		}
		for _, r := range runs {
			if !r.State.Final() {
				open = append(open, s.describe(r.ID))
			}
		}
		if len(open) == 0 {
			open = s.unremoved(runs)
		}
		return len(open) == 0, strings.Join(open, "\n")
	})
}

func (s *site) describe(id run.ID) string {
	r, err := s.Client().Run(s.t.Context(), string(id))
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("run %s of %s: %s", r.ID, r.Flow, testenv.Describe(r))
}

// unremoved are the attempts that their executors have not removed yet.
func (s *site) unremoved(runs []api.Run) (all []string) {
	for _, r := range runs {
		r, err := s.Client().Run(s.t.Context(), string(r.ID))
		if err != nil {
			return []string{err.Error()}
		}
		for _, task := range r.Tasks {
			for _, a := range task.Attempts {
				if a.State != run.AttemptRemoved {
					all = append(all, fmt.Sprintf("attempt %s is %s", a.ID, a.State))
				}
			}
		}
	}
	return all
}

// useAll shows that no lease is left: as many tasks run at once as the site has
// slots, which executors on one host share, and one on all its GPUs.
func (s *site) useAll() {
	s.t.Helper()
	for _, flow := range []string{"last-container", "last-process", "last-gpu"} {
		s.senders.send(s.t.Context(), study{flow: flow, parts: []part{{objects: 1}}})
	}
	testenv.Within(s.t, 5*time.Minute, "a task to run in each slot", func() (bool, string) {
		container, process := s.Runs("last-container"), s.Runs("last-process")
		if len(container) != 1 || len(process) != 1 {
			return false, "no runs"
		}
		running := testenv.Running(1)
		return running(container[0]) && running(process[0]), testenv.Describe(container[0]) + "\n" + testenv.Describe(process[0])
	})
	s.Static("gate", "last", "")
	s.senders.all.Wait()
}
