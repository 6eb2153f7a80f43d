package assemble

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// life is a study that comes by two associations, and something late.
var life = []string{
	"rules study idle=60s expect=CT,MR; series idle=30s", "run",
	"open A CT1", "spool A 1.2 ct1", "release A", "wait 20s",
	"open B MR1", "spool B 1.3 mr1", "release B", "wait 25s", "wait 25s", "wait 25s",
	"open C CT1", "spool C 1.2 ct2 ct1", "release C", "wait 50s", "wait 20s",
}

// play tells a story and returns the arrivals of series and studies at its end.
func play(t *testing.T, steps []string, times bool) (end string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &story{T: t, store: newStore(), spool: &spool{bytes: map[string]string{}}, stop: func() {}}
		s.begin(Hold)
		defer func() { s.stop() }()
		began := time.Now()
		for _, step := range steps {
			_ = s.do(step) // the store fails for some
			synctest.Wait()
		}
		s.store.mu.Lock()
		defer s.store.mu.Unlock()
		var all []string
		for _, r := range s.store.rows {
			if r.group.UID == "" {
				continue
			}
			var names []string
			for _, o := range r.objects {
				_, name, _ := strings.Cut(o.File, "/")
				names = append(names, name)
			}
			slices.Sort(names)
			text := fmt.Sprintf("%s %s (%d) %s %v", r.group.Rule.On(), r.group.UID, r.group.Revision, r.state, names)
			if times {
				text += fmt.Sprintf(" after %s", r.group.Completed.Sub(began).Round(time.Millisecond))
			}
			all = append(all, text)
		}
		slices.Sort(all)
		end = strings.Join(all, "\n")
	})
	return end
}

// The agent is killed between any two steps of a study's life, in the midst of
// an association, too: the same arrivals are complete, at the same time.
func TestCrashBetweenAnySteps(t *testing.T) {
	want := play(t, life, true)
	if n := strings.Count(want, " complete "); n != 5 { // two of the study, three of its series
		t.Fatalf("%d arrivals are complete:\n%s", n, want)
	}
	for i := 2; i < len(life); i++ {
		steps := append(slices.Clone(life[:i]), "crash", "run")
		rest := life[i:]
		if word, _, _ := strings.Cut(rest[0], " "); word == "spool" {
			continue // nothing came yet, and the sender would begin anew
		} else if word == "release" {
			rest = rest[1:] // it broke off
		}
		if got := play(t, append(steps, rest...), true); got != want {
			t.Errorf("killed before %q:\n%s\nwant\n%s", life[i], got, want)
		}
	}
}

// Any call of the store fails once, at any time: the same arrivals are complete
// in the end.
func TestStoreFailsOnce(t *testing.T) {
	steps := slices.Clone(life)
	steps[11], steps[16] = "wait 5m", "wait 5m" // a retry takes its time
	want := play(t, steps, false)
	for _, call := range []string{
		"AddObjects", "CloseArrival", "Associations", "Recorded", "Due", "Waiting", "SetTimers", "Members", "Copies", "NewObjects", "SentBy", "CompleteArrival",
	} {
		for i := 2; i < len(steps); i++ {
			failing := slices.Insert(slices.Clone(steps), i, "fail "+call)
			if got := play(t, failing, false); got != want {
				t.Errorf("%s fails before %q:\n%s\nwant\n%s", call, steps[i], got, want)
			}
		}
	}
}
