package cli

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/raddeploy/raddeploy/core/match/decide"
)

// explanation is what a flow did, or would do, about an arrival, for people.
// The same words serve what a folder holds and what really arrived.
type explanation struct {
	*decide.Result
	file func(object int) string // the name of an object; nil: it has none that helps
}

// headline says what came of it.
func (e explanation) headline() string {
	if e.Verdict == decide.Matched {
		return fmt.Sprintf("%s, %d of %s", e.Verdict, e.Count, counted(e.Objects, "object"))
	}
	return string(e.Verdict)
}

// details prints what each trigger, tag and pattern did.
func (e explanation) details(b *base, indent string) {
	if e.Verdict == decide.OtherRule {
		say(b.out, "%sit is matched against arrivals that complete by its own rule; this one did by another\n", indent)
		return
	}
	if e.Unread != nil {
		say(b.out, "%sthe header of %s could not be read to its end%s, and what follows is missing: %s\n", indent,
			counted(e.Unread.Objects, "object"), e.first(e.Unread), e.Unread.Why)
	}
	if len(e.Triggers) == 0 {
		say(b.out, "%sno triggers: it is only started by hand\n", indent)
	}
	for i, trigger := range e.Triggers {
		say(b.out, "%strigger %d selects %d of %s", indent, i+1, trigger.Selected, counted(e.Objects, "object"))
		if trigger.Excluded > 0 {
			say(b.out, ", and excludes %d", trigger.Excluded)
		}
		fmt.Fprintln(b.out)
		for _, tag := range trigger.Tags {
			e.tag(b, indent+"  ", tag)
		}
		if trigger.Miss != nil {
			say(b.out, "%s  nearest miss%s: %s\n", indent, e.of(trigger.Miss), e.why(trigger.Miss))
		}
	}
	if e.Veto != nil {
		say(b.out, "%svetoed by trigger %d%s: %s\n", indent, e.Veto.Trigger+1, e.of(e.Veto), e.why(e.Veto))
	}
}

// short is the reason in one line, "" if there is none.
func (e explanation) short() string {
	if e.Veto != nil {
		return e.why(e.Veto)
	}
	for _, trigger := range e.Triggers {
		if trigger.Miss != nil {
			return e.why(trigger.Miss)
		}
	}
	return ""
}

func (e explanation) tag(b *base, indent string, tag decide.Tag) {
	switch {
	case tag.Present == 0:
		say(b.out, "%s%s is in no object%s\n", indent, tag.Tag, e.asFarAsRead())
	default:
		var values []string
		for _, v := range tag.Values {
			values = append(values, fmt.Sprintf("%s (%d)", shown(v.Text), v.Objects))
		}
		if tag.MoreValues > 0 {
			values = append(values, fmt.Sprintf("and %s", counted(tag.MoreValues, "other value")))
		}
		say(b.out, "%s%s is in %d of %s: %s\n", indent, tag.Tag, tag.Present, counted(e.Objects, "object"), strings.Join(values, ", "))
	}
	for _, p := range tag.Patterns {
		say(b.out, "%s  %-22s found in %d, leaves %d", indent, shown(p.Pattern), p.Found, p.Left)
		if p.GaveUp > 0 {
			say(b.out, "; took too long for %s, which %s as not fitting", counted(p.GaveUp, "value"), counts(p.GaveUp))
		}
		fmt.Fprintln(b.out)
	}
}

// asFarAsRead limits what is said of tags that are missing.
func (e explanation) asFarAsRead() string {
	if e.Unread == nil {
		return ""
	}
	return " as far as they could be read"
}

// first names the first object that could not be read to its end.
func (e explanation) first(u *decide.Unread) string {
	if e.file == nil {
		return ""
	}
	return " (" + e.file(u.First) + ")"
}

// of names the object that a miss is about.
func (e explanation) of(m *decide.Miss) string {
	if e.file == nil {
		return ""
	}
	return " (" + e.file(m.Object) + ")"
}

// why says what kept an object out.
func (e explanation) why(m *decide.Miss) string {
	if m.Missing {
		return fmt.Sprintf("the object has no %s%s, and %s wants one%s", m.Tag, strings.Replace(e.asFarAsRead(), "they", "it", 1), shown(m.Pattern), rest(m))
	}
	tag, pattern := e.find(m)
	seen := len(tag.Values) + tag.MoreValues
	was := fmt.Sprintf("%s was %s; %s ", m.Tag, shown(m.Value), shown(m.Pattern))
	switch {
	case pattern.GaveUp > 0:
		return was + "took too long"
	case pattern.Exclusion:
		return was + "excludes it"
	case pattern.Found == 0 && seen == 1:
		return was + "does not match it" + rest(m)
	case pattern.Found == 0:
		return was + fmt.Sprintf("matches none of %d values", seen) + rest(m)
	}
	return was + fmt.Sprintf("does not match it, but those of %s", counted(pattern.Found, "other object")) + rest(m)
}

// rest says how near it was.
func rest(m *decide.Miss) string {
	if m.Patterns == 1 {
		return ""
	}
	return fmt.Sprintf(" (%d of %d patterns fit)", m.Satisfied, m.Patterns)
}

// find returns the tag and the pattern that a miss is about.
func (e explanation) find(m *decide.Miss) (decide.Tag, decide.Pattern) {
	if m.Trigger < len(e.Triggers) {
		for _, tag := range e.Triggers[m.Trigger].Tags {
			for _, p := range tag.Patterns {
				if tag.Tag == m.Tag && p.Pattern == m.Pattern {
					return tag, p
				}
			}
		}
	}
	return decide.Tag{}, decide.Pattern{}
}

// shown is a value or pattern between backquotes or, if it has characters that
// a terminal would not show as they are, as a Go string.
func shown(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r == '`' || !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return "`" + s + "`"
}

// counted is a number of things.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func counts(n int) string {
	if n == 1 {
		return "counts"
	}
	return "count"
}
