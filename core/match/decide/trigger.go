package decide

import (
	"github.com/raddeploy/raddeploy/core/flow"
)

// triggerState is what is known of each object while one trigger is applied.
type triggerState struct {
	tags      []flow.TagMatcher
	columns   []*column
	outcomes  [][]outcome
	satisfied []int  // by object: how many patterns it satisfies
	included  []bool // by object: it satisfies every inclusion
	excluded  []bool // by object: it matches an exclusion
	patterns  int
	report    Trigger
}

func (a *Arrival) trigger(tags []flow.TagMatcher, effort *flow.Effort) *triggerState {
	n := len(a.objects)
	t := &triggerState{tags: tags, satisfied: make([]int, n), included: make([]bool, n), excluded: make([]bool, n)}
	for o := range t.included {
		t.included[o] = true
	}
	left := n
	t.report.Tags = []Tag{}
	for i := range tags {
		c := a.column(&tags[i])
		report := Tag{Tag: tags[i].Tag, Patterns: []Pattern{}}
		for v, texts := range c.values {
			if len(texts) > 0 {
				report.Present += c.counts[v]
			}
		}
		report.Values, report.MoreValues = c.frequent()
		var outcomes []outcome
		for k := range tags[i].Patterns {
			p := &tags[i].Patterns[k]
			out := c.ask(p, effort)
			outcomes = append(outcomes, out)
			one := Pattern{Pattern: p.Text, Exclusion: p.Exclude, GaveUp: out.gaveUp}
			for v, found := range out.found {
				if found {
					one.Found += c.counts[v]
				}
			}
			left -= t.apply(c, p, out)
			one.Left = left
			report.Patterns = append(report.Patterns, one)
			t.patterns++
		}
		t.columns, t.outcomes = append(t.columns, c), append(t.outcomes, outcomes)
		t.report.Tags = append(t.report.Tags, report)
	}
	for o := range n {
		if t.included[o] && t.excluded[o] {
			t.report.Excluded++
		} else if t.included[o] {
			t.report.Selected++
		}
	}
	return t
}

// apply records what a pattern says about each object, and returns how many fell
// out by it.
func (t *triggerState) apply(c *column, p *flow.Pattern, out outcome) (fell int) {
	for o, v := range c.indexOf {
		was := t.selects(o)
		switch {
		case !satisfies(p, out, v) && p.Exclude:
			t.excluded[o] = true
		case !satisfies(p, out, v):
			t.included[o] = false
		default:
			t.satisfied[o]++
		}
		if was && !t.selects(o) {
			fell++
		}
	}
	return fell
}

// satisfies reports whether a value satisfies a pattern. One that took too long
// satisfies neither an inclusion nor an exclusion: better not to run than to
// run on what somebody wanted to keep out.
func satisfies(p *flow.Pattern, out outcome, v int) bool {
	if p.Exclude {
		return !out.found[v] && !out.unsure[v]
	}
	return out.found[v]
}

// selects reports whether the trigger selects an object, as far as its patterns
// have been applied.
func (t *triggerState) selects(o int) bool { return t.included[o] && !t.excluded[o] }

// miss explains the object that came nearest, if the trigger selects none.
func (t *triggerState) miss(a *Arrival) *Miss {
	if t.report.Selected > 0 || len(a.objects) == 0 {
		return nil
	}
	var nearest *Miss
	for o := range a.objects {
		near := nearest == nil || t.satisfied[o] > nearest.Satisfied
		if !near && (t.satisfied[o] < nearest.Satisfied || !nearest.Missing) {
			continue
		}
		// Of two that are as near, one with a wrong value says more than one
		// with none.
		if miss := t.explain(o, func(*flow.Pattern) bool { return true }); near || !miss.Missing {
			nearest = miss
		}
	}
	return nearest
}

// veto explains the first object that an exclusion matched.
func (t *triggerState) veto(a *Arrival) *Miss {
	for o := range a.objects {
		if t.included[o] && t.excluded[o] {
			return t.explain(o, func(p *flow.Pattern) bool { return p.Exclude })
		}
	}
	return nil
}

// explain names the first pattern of interest that an object does not satisfy.
func (t *triggerState) explain(o int, interest func(*flow.Pattern) bool) *Miss {
	for i := range t.tags {
		v := t.columns[i].indexOf[o]
		for k := range t.tags[i].Patterns {
			p := &t.tags[i].Patterns[k]
			if !interest(p) || satisfies(p, t.outcomes[i][k], v) {
				continue
			}
			texts := t.columns[i].values[v]
			return &Miss{
				Object: o, Tag: t.tags[i].Tag, Pattern: p.Text, Missing: len(texts) == 0, Value: show(texts),
				Satisfied: t.satisfied[o], Patterns: t.patterns,
			}
		}
	}
	return nil
}
