package fleet

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// ward is a fleet of one executor, whose backend says that it is well.
type ward struct {
	*testing.T
	*Fleet
	changes int
}

// tellBreaker is told what happens, a line each, and how the executor is after it.
func tellBreaker(t *testing.T, transcript string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil, config.Executor{Plugin: "docker", Instance: "docker", CPUs: 9})
		w := &ward{T: t, Fleet: s.Fleet}
		w.Fleet.changed = func() { w.changes++ }
		var got, want strings.Builder
		for line := range strings.Lines(strings.TrimSpace(transcript)) {
			line = strings.TrimSpace(line)
			want.WriteString(line + "\n")
			command, _, _ := strings.Cut(line, " -> ")
			fmt.Fprintf(&got, "%s -> %s\n", command, w.after(strings.Fields(command)))
		}
		if got.String() != want.String() {
			t.Errorf("got\n%s\nwant\n%s", got.String(), want.String())
		}
	})
}

func (w *ward) after(words []string) string {
	a := run.Attempt{ID: run.AttemptID(words[0]), Executor: "docker"}
	unstarted := run.Ending{Exit: sdk.Exit{Reason: sdk.StartFailed}, Reason: strings.Join(words[2:], " ")}
	switch words[1] {
	case "leases":
		w.Lease(a)
	case "fails":
		w.Tried(a, unstarted)
		w.Ended(a.ID, unstarted.Exit)
	case "impossible":
		unstarted.Exit.Permanent = true
		w.Tried(a, unstarted)
		w.Ended(a.ID, unstarted.Exit)
	case "lost":
		w.Release(a.ID)
	case "runs":
		w.Runs(a)
	case "rests":
		for before := w.changes; w.changes == before; synctest.Wait() {
			time.Sleep(time.Second)
		}
	}
	offer := OfferOf(w.executors[0].Config())
	offer.Up = true
	w.executors[0].breaker.limit(&offer)
	switch {
	case offer.Up && offer.One:
		return "one"
	case offer.Up:
		return "any"
	}
	return "none"
}

// The missing network of an engine: after three failures it is given one task at
// a time, after pauses, and all that there are when one has started.
func TestBreakerOfAnExecutor(t *testing.T) {
	tellBreaker(t, `
		a leases -> any
		b leases -> any
		c leases -> any
		d leases -> any
		a fails no bridge -> any
		b fails no bridge -> any
		c fails no bridge -> none
		d fails no bridge -> none
		it rests -> one
		e leases -> none
		e fails no bridge -> none
		it rests -> one
		f leases -> none
		f runs -> any
	`)
}

// The one task may say nothing about the executor, or never be begun: then
// another one comes.
func TestBreakerAfterATaskThatSaysNothing(t *testing.T) {
	tellBreaker(t, `
		a fails no bridge -> any
		b fails no bridge -> any
		c fails no bridge -> none
		it rests -> one
		d leases -> none
		d impossible no such program -> one
		e leases -> none
		e lost -> one
		f leases -> none
		f runs -> any
	`)
}

func TestABadFlowOpensNoBreaker(t *testing.T) {
	tellBreaker(t, `
		a impossible no such user -> any
		b impossible no such user -> any
		c impossible no such user -> any
		d impossible no such user -> any
	`)
}

// What the operator is shown, and what is logged.
func TestAnExecutorSaysThatItCannotStart(t *testing.T) {
	s := newSite(t, nil, config.Executor{Plugin: "docker", Instance: "docker", CPUs: 9})
	s.run()
	s.until("docker is healthy", func() bool { return s.executors[0].Health() == Healthy })
	for i := range 3 {
		a := run.Attempt{ID: run.AttemptID(fmt.Sprint("a", i)), Executor: "docker"}
		s.Tried(a, run.Ending{Exit: sdk.Exit{Reason: sdk.StartFailed}, Reason: "network bridge not found"})
	}
	got := s.Statuses()[0]
	want := "its last 3 starts failed: it is tried with one task at a time until one starts; the last failed because: network bridge not found"
	if got.Health != Unhealthy || got.Message != want {
		t.Errorf("%s: %s", got.Health, got.Message)
	}
	s.Runs(run.Attempt{ID: "b", Executor: "docker"})
	if got := s.Statuses()[0].Health; got != Healthy {
		t.Errorf("%s after a task has started", got)
	}
	s.untilLogged("executor cannot start tasks: it is tried with one at a time: executor=docker failed=3 reason=\"network bridge not found\"",
		"executor starts tasks again: executor=docker")
}

func TestGiveUpAfter(t *testing.T) {
	s := newSite(t, nil, config.Executor{Plugin: "docker", Instance: "a"}, config.Executor{Plugin: "docker", Instance: "b", GiveUpAfter: time.Hour})
	for instance, want := range map[string]time.Duration{"a": 24 * time.Hour, "b": time.Hour, "gone": 24 * time.Hour} {
		if got := s.GiveUpAfter(instance); got != want {
			t.Errorf("%s: %v, want %v", instance, got, want)
		}
	}
}
