package flow

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// translator reads a pattern as Python's re does (Lib/re/_parser.py is what
// decides what is one) and writes it in the syntax that RE2 and the
// backtracking engine have in common, so that none of their own ideas of \w, $
// or (?i) are asked.
type translator struct {
	text string
	pos  int
	back bool // write for the backtracking engine

	out        []byte
	backtracks bool // RE2 cannot match it
	trouble    trouble
	groups     []bool // the capturing groups, and whether each is closed
	names      map[string]int
	awaited    *awaited
}

// modes are the inline flags that are on.
type modes struct{ ignoreCase, multiline, dotAll, verbose, ascii bool }

// item is what a repeat would apply to.
type item struct {
	start int // in out
	kind  itemKind
}

type itemKind uint8

const (
	nothing  itemKind = iota // also an anchor: Python repeats none
	single                   // a character, a class or a group
	repeated                 // it has its repeat already
)

func (t *translator) translate() *PatternError {
	err := t.branches(&modes{}, true, 0)
	if err == nil && t.pos < len(t.text) {
		err = t.fault(t.pos, 1, "unbalanced parenthesis")
	}
	if a := t.awaited; err == nil && a != nil && a.group > len(t.groups) {
		err = t.fault(a.offset, a.length, "there is no group %d", a.group)
	}
	return err
}

func (t *translator) fault(offset, length int, format string, args ...any) *PatternError {
	return &PatternError{Reason: fmt.Sprintf(format, args...), Offset: offset, Length: length}
}

func (t *translator) put(s string) { t.out = append(t.out, s...) }

func (t *translator) rest() string { return t.text[t.pos:] }

// take steps over a text if it comes next.
func (t *translator) take(s string) bool {
	if strings.HasPrefix(t.rest(), s) {
		t.pos += len(s)
		return true
	}
	return false
}

// until steps over what comes before a byte, and over the byte.
func (t *translator) until(end byte) (string, bool) {
	i := strings.IndexByte(t.rest(), end)
	if i < 0 {
		return "", false
	}
	s := t.rest()[:i]
	t.pos += i + 1
	return s, true
}

func (t *translator) rune() rune {
	r, size := utf8.DecodeRuneInString(t.rest())
	t.pos += size
	return r
}

// branches reads alternatives up to the end or an unopened parenthesis. At most
// so many of them are allowed; 0: any number. At the head of the pattern stand
// the flags that hold for all of it.
func (t *translator) branches(m *modes, head bool, most int) *PatternError {
	var last item
	count := 1
	for t.pos < len(t.text) && t.text[t.pos] != ')' {
		at := t.pos
		switch r := t.rune(); {
		case m.verbose && strings.ContainsRune(" \t\n\r\v\f", r):
		case m.verbose && r == '#':
			if _, found := t.until('\n'); !found {
				t.pos = len(t.text)
			}
		case r == '|':
			if count++; most > 0 && count > most {
				return t.fault(at, 1, "a conditional group has two branches at the most")
			}
			t.put("|")
			last, head = item{}, false
		case r == '*' || r == '+' || r == '?' || r == '{' && t.isRepeat(at):
			if err := t.repeat(at, &last); err != nil {
				return err
			}
		case r == '(' && t.take("?#"):
			if _, found := t.until(')'); !found {
				return t.fault(at, 1, "missing ), unterminated comment")
			}
		case r == '(':
			start := len(t.out)
			flags, err := t.group(at, m, head && last == item{})
			if err != nil {
				return err
			}
			if !flags {
				last = item{start, single}
			}
		default:
			last = item{len(t.out), single}
			anchor, err := t.atom(at, r, m)
			if err != nil {
				return err
			}
			if anchor {
				last.kind = nothing
				last.start = len(t.out) // so that it differs from the head
			}
		}
	}
	return nil
}

// atom reads one character, class, escape or anchor.
func (t *translator) atom(at int, r rune, m *modes) (anchor bool, err *PatternError) {
	switch r {
	case '.':
		t.put(choose(m.dotAll, `(?s:.)`, `[^\n]`))
	case '^':
		t.put(choose(m.multiline, `(?m:^)`, `\A`))
		return true, nil
	case '$':
		t.dollar(m)
		return true, nil
	case '[':
		return false, t.class(at, m)
	case '\\':
		return t.escape(at, m)
	default:
		t.put(m.literal(r))
	}
	return false, nil
}

func (t *translator) dollar(m *modes) {
	switch {
	case m.multiline:
		t.put(`(?m:$)`)
	case t.back:
		t.put(`(?=\n?\z)`)
	default:
		t.put(`\z`)
		t.trouble |= troubleNewline
	}
}

// isRepeat reports whether the brace at a place begins a repeat; if not, it is
// itself.
func (t *translator) isRepeat(at int) bool {
	_, _, size := bounds(t.text[at:])
	return size > 0
}

// bounds reads {m,n} in all its forms. Size 0: it is none.
func bounds(s string) (low, high string, size int) {
	inner, _, found := strings.Cut(s[1:], "}")
	if !found || inner == "" {
		return "", "", 0
	}
	low, high, comma := strings.Cut(inner, ",")
	if !comma {
		high = low
	}
	if strings.Trim(low, "0123456789") != "" || strings.Trim(high, "0123456789") != "" {
		return "", "", 0
	}
	return low, high, len(inner) + 2
}

// mostRepeats is far more than a value has characters.
const mostRepeats = 1 << 20

// repeat reads a repeat that begins at a place.
func (t *translator) repeat(at int, last *item) *PatternError {
	quantifier := t.text[at:t.pos]
	if quantifier == "{" {
		low, high, size := bounds(t.text[at:])
		t.pos = at + size
		m, _ := strconv.Atoi("0" + low)
		n, _ := strconv.Atoi("0" + high)
		switch {
		case len(low) > 7 || len(high) > 7 || m > mostRepeats || n > mostRepeats:
			return t.fault(at, size, "it repeats more than %d times", mostRepeats)
		case high != "" && m > n:
			return t.fault(at, size, "min repeat greater than max repeat")
		case high == "":
			quantifier = fmt.Sprintf("{%d,}", m)
		default:
			quantifier = fmt.Sprintf("{%d,%d}", m, n)
		}
	}
	switch last.kind {
	case nothing:
		return t.fault(at, t.pos-at, "nothing to repeat: put a backslash before %s if it is meant as itself", t.text[at:at+1])
	case repeated:
		return t.fault(at, t.pos-at, "multiple repeat")
	}
	t.put(quantifier)
	switch {
	case t.take("?"):
		t.put("?")
	case t.take("+"): // possessive
		t.backtracks = true
		t.out = append(t.out[:last.start], "(?>"+string(t.out[last.start:])+")"...)
	}
	last.kind = repeated
	return nil
}

func choose(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}
