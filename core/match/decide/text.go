package decide

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/raddeploy/raddeploy/core/problem"
)

// Text is what a flow did, or would do, about an arrival, in words. The same
// sentences serve what a folder holds and what really arrived, on a terminal and
// on a page.
type Text struct {
	*Result
	File func(object int) string // the name of an object; nil: it has none that helps
}

// Line is one sentence of an explanation.
type Line struct {
	Depth int // what it belongs to: 0 for the flow, then a trigger, a tag, a pattern
	Text  string
	Miss  bool // it names what came nearest, or what vetoed
}

// Headline says what came of it.
func (t Text) Headline() string {
	if t.Verdict == Matched {
		return fmt.Sprintf("%s, %d of %s", t.Verdict, t.Count, problem.Counted(t.Objects, "object"))
	}
	return string(t.Verdict)
}

// Lines say what each trigger, tag and pattern did.
func (t Text) Lines() (all []Line) {
	if t.Verdict == OtherRule {
		return []Line{{Text: "it is matched against arrivals that complete by its own rule; this one did by another"}}
	}
	say := func(depth int, format string, args ...any) {
		all = append(all, Line{Depth: depth, Text: fmt.Sprintf(format, args...)})
	}
	if t.Unread != nil {
		say(0, "the header of %s could not be read to its end%s, and what follows is missing: %s",
			problem.Counted(t.Unread.Objects, "object"), t.named(t.Unread.First), t.Unread.Why)
	}
	if len(t.Triggers) == 0 {
		say(0, "no triggers: it is only started by hand")
	}
	for i, trigger := range t.Triggers {
		excludes := ""
		if trigger.Excluded > 0 {
			excludes = fmt.Sprintf(", and excludes %d", trigger.Excluded)
		}
		say(0, "trigger %d selects %d of %s%s", i+1, trigger.Selected, problem.Counted(t.Objects, "object"), excludes)
		for _, tag := range trigger.Tags {
			say(1, "%s", t.tag(tag))
			for _, p := range tag.Patterns {
				say(2, "%s", patternText(p))
			}
		}
		if trigger.Miss != nil {
			say(1, "nearest miss%s: %s", t.named(trigger.Miss.Object), t.why(trigger.Miss))
			all[len(all)-1].Miss = true
		}
	}
	if t.Veto != nil {
		say(0, "vetoed by trigger %d%s: %s", t.Veto.Trigger+1, t.named(t.Veto.Object), t.why(t.Veto))
		all[len(all)-1].Miss = true
	}
	return all
}

// Short is the reason in one line, "" if there is none.
func (t Text) Short() string {
	if t.Veto != nil {
		return t.why(t.Veto)
	}
	for _, trigger := range t.Triggers {
		if trigger.Miss != nil {
			return t.why(trigger.Miss)
		}
	}
	return ""
}

func (t Text) tag(tag Tag) string {
	if tag.Present == 0 {
		return fmt.Sprintf("%s is in no object%s", tag.Tag, t.asFarAsRead())
	}
	var values []string
	for _, v := range tag.Values {
		values = append(values, fmt.Sprintf("%s (%d)", quoted(v.Text), v.Objects))
	}
	if tag.MoreValues > 0 {
		values = append(values, "and "+problem.Counted(tag.MoreValues, "other value"))
	}
	return fmt.Sprintf("%s is in %d of %s: %s", tag.Tag, tag.Present, problem.Counted(t.Objects, "object"), strings.Join(values, ", "))
}

func patternText(p Pattern) string {
	text := fmt.Sprintf("%-22s found in %d, leaves %d", quoted(p.Pattern), p.Found, p.Left)
	if p.GaveUp > 0 {
		count := "count"
		if p.GaveUp == 1 {
			count = "counts"
		}
		text += fmt.Sprintf("; took too long for %s, which %s as not fitting", problem.Counted(p.GaveUp, "value"), count)
	}
	return text
}

// asFarAsRead limits what is said of tags that are missing.
func (t Text) asFarAsRead() string {
	if t.Unread == nil {
		return ""
	}
	return " as far as they could be read"
}

// named is an object's name in parentheses.
func (t Text) named(object int) string {
	if t.File == nil {
		return ""
	}
	return " (" + t.File(object) + ")"
}

// why says what kept an object out.
func (t Text) why(m *Miss) string {
	if m.Missing {
		return fmt.Sprintf("the object has no %s%s, and %s wants one%s", m.Tag, strings.Replace(t.asFarAsRead(), "they", "it", 1), quoted(m.Pattern), near(m))
	}
	tag, pattern := t.find(m)
	seen := len(tag.Values) + tag.MoreValues
	was := fmt.Sprintf("%s was %s; %s ", m.Tag, quoted(m.Value), quoted(m.Pattern))
	switch {
	case pattern.GaveUp > 0:
		return was + "took too long"
	case pattern.Exclusion:
		return was + "excludes it"
	case pattern.Found == 0 && seen == 1:
		return was + "does not match it" + near(m)
	case pattern.Found == 0:
		return was + fmt.Sprintf("matches none of %d values", seen) + near(m)
	}
	return was + fmt.Sprintf("does not match it, but those of %s", problem.Counted(pattern.Found, "other object")) + near(m)
}

// near says how near it was.
func near(m *Miss) string {
	if m.Patterns == 1 {
		return ""
	}
	return fmt.Sprintf(" (%d of %d patterns fit)", m.Satisfied, m.Patterns)
}

// find returns the tag and the pattern that a miss is about.
func (t Text) find(m *Miss) (Tag, Pattern) {
	if m.Trigger < len(t.Triggers) {
		for _, tag := range t.Triggers[m.Trigger].Tags {
			for _, p := range tag.Patterns {
				if tag.Tag == m.Tag && p.Pattern == m.Pattern {
					return tag, p
				}
			}
		}
	}
	return Tag{}, Pattern{}
}

// quoted is a value or pattern between backquotes or, if it has characters that
// a terminal would not show as they are, as a Go string.
func quoted(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r == '`' || !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return "`" + s + "`"
}
