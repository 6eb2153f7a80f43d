package flow

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// group reads what follows an opening parenthesis, up to the closing one. It
// reports true for flags, which are no group. They may stand only at the head
// of the pattern.
func (t *translator) group(at int, m *modes, head bool) (flags bool, err *PatternError) {
	inner := *m
	capture, most, open := -1, 0, "(?:"
	switch {
	case t.take("?P<"):
		if err := t.name(at); err != nil {
			return false, err
		}
		capture, open = len(t.groups)-1, "("
	case t.take("?P="):
		return false, t.namedReference(at, m)
	case t.take("?:"):
	case t.take("?="), t.take("?!"), t.take("?<="), t.take("?<!"), t.take("?>"):
		open, t.backtracks = t.text[at:t.pos], true
	case t.take("?("):
		if open, err = t.condition(at); err != nil {
			return false, err
		}
		t.backtracks, most = true, 2
	case t.take("?"):
		if flags, err = t.flags(at, &inner, head); err != nil {
			return false, err
		}
		if flags {
			*m = inner
			return true, nil
		}
	default:
		t.groups = append(t.groups, false)
		capture, open = len(t.groups)-1, "("
	}
	t.put(open)
	if err := t.branches(&inner, false, most); err != nil {
		return false, err
	}
	if !t.take(")") {
		return false, t.fault(at, 1, "missing ), unterminated group")
	}
	t.put(")")
	if capture >= 0 {
		t.groups[capture] = true
	}
	return false, nil
}

// name opens a group that has a name. The engines get its number: one of them
// counts groups with names apart.
func (t *translator) name(at int) *PatternError {
	name, found := t.until('>')
	switch {
	case !found:
		return t.fault(at, t.pos-at, "missing >, unterminated name")
	case !isIdentifier(name):
		return t.fault(at, t.pos-at, "%q is no name for a group", name)
	case t.names[name] > 0:
		return t.fault(at, t.pos-at, "there are two groups %q", name)
	}
	if t.names == nil {
		t.names = map[string]int{}
	}
	t.groups = append(t.groups, false)
	t.names[name] = len(t.groups)
	return nil
}

func isIdentifier(s string) bool {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return s != ""
}

func (t *translator) namedReference(at int, m *modes) *PatternError {
	name, found := t.until(')')
	if !found {
		return t.fault(at, len(t.text)-at, "missing ), unterminated name")
	}
	if t.names[name] == 0 {
		return t.fault(at, t.pos-at, "there is no group %q before it", name)
	}
	return t.reference(at, t.names[name], m)
}

// reference is what a group matched before.
func (t *translator) reference(at, group int, m *modes) *PatternError {
	switch {
	case group < 1 || group > len(t.groups):
		return t.fault(at, t.pos-at, "there is no group %d before it", group)
	case !t.groups[group-1]:
		return t.fault(at, t.pos-at, "it refers to group %d, which is still open", group)
	}
	t.backtracks = true
	t.put(fmt.Sprintf(`(?%s:\k<%d>)`, choose(m.ignoreCase, "i", ""), group))
	return nil
}

// awaited is a conditional group that depends on a group further on.
type awaited struct{ group, offset, length int }

// condition reads what a conditional group depends on.
func (t *translator) condition(at int) (open string, err *PatternError) {
	name, found := t.until(')')
	group := t.names[name]
	if n, bad := strconv.Atoi(name); bad == nil {
		group = n
	}
	switch {
	case !found:
		return "", t.fault(at, len(t.text)-at, "missing ), unterminated name")
	case group < 1:
		return "", t.fault(at, t.pos-at, "there is no group %q before it", name)
	case group > len(t.groups) && t.awaited == nil: // it may come later
		t.awaited = &awaited{group, at, t.pos - at}
	}
	return fmt.Sprintf("(?(%d)", group), nil
}

// flags reads inline flags: for all of the pattern, or for a group.
func (t *translator) flags(at int, m *modes, head bool) (global bool, err *PatternError) {
	on, unicodeToo := true, false
	for t.pos < len(t.text) {
		switch c := t.rune(); c {
		case 'i':
			m.ignoreCase = on
		case 'm':
			m.multiline = on
		case 's':
			m.dotAll = on
		case 'x':
			m.verbose = on
		case 'a', 'u':
			if !on {
				return false, t.fault(at, t.pos-at, "flag %c cannot be turned off", c)
			}
			if m.ascii = c == 'a'; unicodeToo {
				return false, t.fault(at, t.pos-at, "flags a and u exclude each other")
			}
			unicodeToo = true
		case '-':
			if !on {
				return false, t.fault(at, t.pos-at, "a second - stands among the flags")
			}
			on = false
		case ':':
			return false, nil
		case ')':
			switch {
			case t.pos == at+3:
				return false, t.fault(at, 3, "%s", unknownExtension("(?)"))
			case !on:
				return false, t.fault(at, t.pos-at, "flags can only be turned off for a group: write (?-i:…)")
			case !head:
				return false, t.fault(at, t.pos-at, "flags for all of the pattern stand at its start: move them there, or write (?i:…) for a part")
			}
			return true, nil
		default:
			return false, t.fault(at, t.pos-at, "%s", unknownExtension(t.text[at:t.pos]))
		}
	}
	return false, t.fault(at, len(t.text)-at, "missing ), unterminated flags")
}

func unknownExtension(s string) string {
	switch {
	case strings.HasPrefix(s, "(?L"):
		return "flag L is for bytes, and values are text"
	case strings.HasPrefix(s, "(?<"):
		return "write a group's name as (?P<name>…)"
	}
	return s + " begins no group that Python's re knows"
}
