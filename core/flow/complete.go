package flow

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// What makes an arrival.
const (
	OnAssociation = "association" // what one association brought
	OnSeries      = "series"      // all objects of one Series Instance UID
	OnStudy       = "study"       // all objects of one Study Instance UID
)

// Late says what becomes of objects that come after their series or study was
// complete.
type Late string

// The choices.
const (
	LateRerun  Late = "rerun"  // all objects so far are a new revision, matched anew
	LateHold   Late = "hold"   // that revision waits for an operator
	LateIgnore Late = "ignore" // they are stored, and nothing follows
)

// Complete says when an arrival is complete. A field that is zero has its
// default; but for On, all fields are for series and study.
type Complete struct {
	On      string        `json:"on,omitzero"`       // "association", "series" or "study"
	Idle    time.Duration `json:"idle,omitzero"`     // since the last object
	MaxWait time.Duration `json:"max_wait,omitzero"` // since the first object
	// Expect are triggers that must each have an object before Idle counts.
	Expect     []Trigger     `json:"expect,omitzero"`
	Late       Late          `json:"late,omitzero"`
	LateWindow time.Duration `json:"late_window,omitzero"` // since the completion; what comes later begins anew
}

// Defaults of a rule for series or study.
const (
	DefaultSeriesIdle = time.Minute
	DefaultStudyIdle  = 5 * time.Minute
	DefaultMaxWait    = time.Hour
	DefaultLateWindow = 24 * time.Hour
)

// WithDefaults returns the rule with a value in each field that has a meaning.
func (c Complete) WithDefaults() Complete {
	if c.On != OnSeries && c.On != OnStudy {
		return Complete{On: OnAssociation}
	}
	idle := DefaultSeriesIdle
	if c.On == OnStudy {
		idle = DefaultStudyIdle
	}
	for _, field := range []struct {
		to        *time.Duration
		otherwise time.Duration
	}{{&c.Idle, idle}, {&c.MaxWait, DefaultMaxWait}, {&c.LateWindow, DefaultLateWindow}} {
		if *field.to == 0 {
			*field.to = field.otherwise
		}
	}
	if c.Late == "" {
		c.Late = LateRerun
	}
	if len(c.Expect) == 0 {
		c.Expect = nil
	}
	return c
}

// Rule is a [Complete] as a value that can be compared and stored: two rules
// are one when they are equal. The zero value completes associations.
type Rule string

const (
	// ByAssociation is the rule of arrivals that are what one association brought.
	ByAssociation Rule = ""
	// NoRule is that of an association whose objects only belong to arrivals of
	// series or studies, because nothing asked for associations when it began.
	NoRule Rule = "none"
)

// Rule returns what identifies the rule.
func (c Complete) Rule() Rule {
	c = c.WithDefaults()
	if c.On == OnAssociation {
		return ByAssociation
	}
	text, _ := json.Marshal(c) // texts and numbers alone: it cannot fail
	return Rule(text)
}

// RuleAt returns the flow's rule at a site: its own or, if it has none, the
// site's.
func (f *Flow) RuleAt(site Complete) Rule {
	if f.Complete == nil {
		return site.Rule()
	}
	return f.Complete.Rule()
}

// Groups reports whether the rule groups objects by their series or study.
func (r Rule) Groups() bool { return r != ByAssociation && r != NoRule }

// Complete returns what the rule says. The error means that it was not made by
// [Complete.Rule].
func (r Rule) Complete() (Complete, error) {
	if !r.Groups() {
		return Complete{On: OnAssociation}, nil
	}
	var c Complete
	if err := json.Unmarshal([]byte(r), &c); err != nil {
		return c, fmt.Errorf("read a rule of completion: %w", err)
	}
	return c, nil
}

// On says what an arrival of the rule is: "association", "series" or "study".
func (r Rule) On() string {
	for _, on := range []string{OnSeries, OnStudy} {
		if strings.HasPrefix(string(r), `{"on":"`+on+`"`) { // On is the first field
			return on
		}
	}
	return OnAssociation
}

// Takes reports whether a flow of this rule is matched against arrivals of
// another one: against those of its own. While a rule changes or goes, arrivals
// that wait end by the rule that they were begun with; those belong to the
// flows that group by the same UID now.
func (r Rule) Takes(arrival Rule, inUse []Rule) bool {
	return r == arrival || arrival.Groups() && !slices.Contains(inUse, arrival) && r.On() == arrival.On()
}

// Expected compiles the triggers that are expected, each as a matcher of its
// own. An object that an exclusion matches is left out.
func (c Complete) Expected() ([]*Matcher, error) {
	var all []*Matcher
	for _, trigger := range c.Expect {
		m, problems := Compile(&Flow{Triggers: []Trigger{trigger}, Exclude: ExcludeFile})
		if m == nil {
			return nil, fmt.Errorf("compile what a rule of completion expects: %w", problems[0])
		}
		all = append(all, m)
	}
	return all, nil
}

// ValidateComplete returns what is wrong with a rule. Paths begin at it.
func ValidateComplete(c *Complete) []Problem {
	var p problems
	p.complete(nil, c)
	return p
}

func (p *problems) complete(path []any, c *Complete) {
	in := func(steps ...any) []string { return at(slices.Concat(path, steps)...) }
	switch c.On {
	case OnAssociation:
		if c.WithDefaults().Rule() != ByAssociation || c.Idle != 0 || c.MaxWait != 0 || c.Expect != nil || c.Late != "" || c.LateWindow != 0 {
			p.add(in("on"), "write on series or study, or remove the rest", "an association is complete when it is released, so the rest of complete changes nothing").Warning = true
		}
	case OnSeries, OnStudy:
		full := c.WithDefaults()
		if full.MaxWait < full.Idle {
			p.add(in("max_wait"), "give a longer max_wait, or a shorter idle", "max_wait %s is shorter than idle %s", full.MaxWait, full.Idle)
		}
	default:
		p.add(in("on"), suggest.Hint(c.On, []string{OnAssociation, OnSeries, OnStudy}, ""), "complete has to be on association, series or study, and %q is not", c.On)
	}
	switch c.Late {
	case "", LateRerun, LateHold, LateIgnore:
	default:
		p.add(in("late"), suggest.Hint(string(c.Late), []string{string(LateRerun), string(LateHold), string(LateIgnore)}, ""), "late has to be rerun, hold or ignore, and %q is not", c.Late)
	}
	for i, trigger := range c.Expect {
		if len(trigger.Tags) == 0 {
			p.add(in("expect", i), "name a tag and a pattern, such as Modality: CT", "expected trigger %d names no tag, so every object is what it expects", i).Warning = true
		}
		for _, t := range trigger.Tags {
			p.tag(slices.Concat(path, []any{"expect", i}), t)
			for _, of := range c.Expect {
				p.foundIn(in("expect", i, t.Tag), t, of)
			}
		}
	}
}

// plain is a pattern that stands for one text, the anchors aside.
var plain = regexp.MustCompile(`^\^?([\w -]+)\$?$`)

// foundIn warns if one pattern of what is expected is also found in what another
// trigger expects: CT is found in RTSTRUCT, so that the one stands for both.
func (p *problems) foundIn(path []string, tag TagPatterns, of Trigger) {
	for _, other := range of.Tags {
		if other.Tag != tag.Tag || len(tag.Patterns) != 1 || len(other.Patterns) != 1 {
			continue
		}
		text, pattern := plain.FindStringSubmatch(other.Patterns[0]), plain.FindStringSubmatch(tag.Patterns[0])
		if text == nil || pattern == nil || text[1] == pattern[1] || !regexp.MustCompile(tag.Patterns[0]).MatchString(text[1]) {
			continue
		}
		p.add(path, fmt.Sprintf("write ^%s$", pattern[1]), "%s is found in %s, too, so an object of that is enough for both", tag.Patterns[0], text[1]).Warning = true
	}
}

// Named is a trigger for people: the modality alone, where that is all it asks.
func (t Trigger) Named() string {
	var tags []string
	for _, tag := range t.Tags {
		patterns := strings.Join(tag.Patterns, " and ")
		if tag.Tag == "Modality" {
			tags = append(tags, strings.Trim(patterns, "^$"))
		} else {
			tags = append(tags, tag.Tag+" "+patterns)
		}
	}
	return strings.Join(tags, ", ")
}
