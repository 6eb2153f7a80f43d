package assemble

import (
	"fmt"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

// moment is what is known of a waiting arrival at one moment.
type moment struct {
	rule    flow.Complete
	quiet   time.Duration // since its last object
	left    time.Duration // until max_wait is over
	missing []string      // what is expected and has not come
	open    []run.Sender  // of the open associations that have sent to it
}

// complete says whether and how the arrival is complete.
func (m moment) complete() (how string, yes bool) {
	switch {
	case m.left <= 0:
		return strings.Join(append([]string{"max_wait of " + short(m.rule.MaxWait) + " was over"}, m.lacks("had not come", "was open")...), "; "), true
	case m.quiet >= m.rule.Idle && len(m.missing) == 0 && len(m.open) == 0:
		return "no object came for " + short(m.rule.Idle), true
	}
	return "", false
}

// waits says what the arrival waits for.
func (m moment) waits() []string {
	var all []string
	if m.quiet < m.rule.Idle {
		all = append(all, fmt.Sprintf("no object for %s of %s", part(m.quiet, m.rule.Idle), short(m.rule.Idle)))
	}
	if lacks := m.lacks("has not come", "is open"); lacks != nil {
		all = append(append(all, lacks...), "complete in "+part(m.left, m.rule.MaxWait)+" at the latest")
	}
	return all
}

func (m moment) lacks(come, open string) []string {
	var all []string
	for _, what := range m.missing {
		all = append(all, what+" "+come)
	}
	for _, sender := range m.open {
		all = append(all, fmt.Sprintf("an association from %s %s", sender.CallingAE, open))
	}
	return all
}

// part is a part of a time for people, no finer than whole seconds unless all of
// it is.
func part(d, of time.Duration) string {
	if of >= time.Second {
		d = d.Truncate(time.Second)
	}
	return short(max(d, 0))
}

// short is a time for people, in the largest unit that tells something.
func short(d time.Duration) string {
	switch {
	case d%time.Second != 0 && d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d h", d/time.Hour)
}

// found is what an arrival was found to hold at its completion.
type found struct {
	objects   int // of its own, copies too
	repeated  int // of those, byte for byte what the revision before has
	differing run.Differing
}

// outcome says how the waiting of an arrival ends.
func outcome(a run.Arrival, late flow.Late, how string, f found) run.Completion {
	c := run.Completion{Arrival: a.ID, State: run.ArrivalComplete, Completion: how}
	if f.differing.Instances > 0 {
		c.Completion += "; " + f.differing.String()
	}
	if a.Previous == "" {
		return c
	}
	fresh := f.objects - f.repeated
	lateness := fmt.Sprintf("%s came after %s was complete", problem.Counted(fresh, "object"), a.Previous)
	switch {
	case fresh == 0:
		lateness = fmt.Sprintf("%s came again, byte for byte as in %s", problem.Counted(f.repeated, "object"), a.Previous)
		return run.Completion{Arrival: a.ID, State: run.ArrivalIgnored, Reason: lateness}
	case late == flow.LateIgnore:
		return run.Completion{Arrival: a.ID, State: run.ArrivalIgnored, Reason: lateness + ", and late objects are ignored"}
	case late == flow.LateHold:
		c.State, c.Reason = run.ArrivalIncomplete, lateness+", and late objects are held"
	}
	c.Completion = lateness + "; " + c.Completion
	c.Before, c.Superseded = a.Previous, fmt.Sprintf("more objects came: see revision %d, %s", a.Revision, a.ID)
	return c
}

// shifted returns the timers of waiting arrivals after the clock has jumped.
// None may be longer than its rule says, whatever the clock was.
func shifted(waiting []run.Arrival, jump time.Duration, now time.Time) ([]run.Timer, error) {
	var timers []run.Timer
	for _, a := range waiting {
		c, err := a.Rule.Complete()
		if err != nil {
			return nil, err
		}
		t := run.Timer{Arrival: a.ID, Last: earlier(a.Last.Add(jump), now), Deadline: earlier(a.Deadline.Add(jump), now.Add(c.MaxWait))}
		if t.Due = due(c, t.Last, t.Deadline); !t.Last.Equal(a.Last) || !t.Deadline.Equal(a.Deadline) {
			timers = append(timers, t)
		}
	}
	return timers, nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
