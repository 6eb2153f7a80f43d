package flow

import (
	"strconv"
	"unicode"
	"unicode/utf8"
)

// escape reads what follows a backslash outside of a class.
func (t *translator) escape(at int, m *modes) (anchor bool, err *PatternError) {
	if t.pos == len(t.text) {
		return false, t.fault(at, 1, "a single backslash ends it")
	}
	switch next := t.text[t.pos]; next {
	case 'A':
		t.pos++
		t.put(`\A`)
		return true, nil
	case 'Z', 'z':
		t.pos++
		t.put(`\z`)
		return true, nil
	case 'b', 'B':
		t.pos++
		t.boundary(next == 'B', m)
		return true, nil
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		if digits := octal(t.rest(), 3); len(digits) < 3 {
			t.pos++
			if t.pos < len(t.text) && t.text[t.pos] >= '0' && t.text[t.pos] <= '9' {
				t.pos++
			}
			group, _ := strconv.Atoi(t.text[at+1 : t.pos])
			return false, t.reference(at, group, m)
		}
	}
	set, r, err := t.character(at, m)
	switch {
	case err != nil:
		return false, err
	case set != "":
		t.put("[" + set + "]")
	default:
		t.put(m.literal(r))
	}
	return false, nil
}

// boundary is between a letter, digit or underscore and something else, or is not.
func (t *translator) boundary(not bool, m *modes) {
	word := m.word()
	switch {
	case t.back && not: // Python finds none in an empty text
		t.put(`(?:(?<=[` + word + `])(?=[` + word + `])|(?<![` + word + `])(?![` + word + `])(?:(?<=[\s\S])|(?=[\s\S])))`)
	case t.back:
		t.put(`(?:(?<=[` + word + `])(?![` + word + `])|(?<![` + word + `])(?=[` + word + `]))`)
	case not:
		t.put(`\B`)
		t.trouble |= troubleEmpty
	default:
		t.put(`\b`)
	}
	if !m.ascii {
		t.trouble |= troubleUnicode
	}
}

var simpleEscapes = map[byte]rune{'a': '\a', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v', '\\': '\\'}

// character reads an escape that is one character, or a set of them in the
// words of a class.
func (t *translator) character(at int, m *modes) (set string, r rune, err *PatternError) {
	if t.pos == len(t.text) {
		return "", 0, t.fault(at, 1, "a single backslash ends it")
	}
	next := t.text[t.pos]
	if set, ok := m.category(next); ok {
		t.pos++
		return set, 0, nil
	}
	if r, ok := simpleEscapes[next]; ok {
		t.pos++
		return "", r, nil
	}
	switch {
	case next == 'x' || next == 'u' || next == 'U':
		r, err = t.hex(at, map[byte]int{'x': 2, 'u': 4, 'U': 8}[next])
		return "", r, err
	case next == 'p' || next == 'P':
		set, err = t.property(at)
		return set, 0, err
	case next >= '0' && next <= '7':
		digits := octal(t.rest(), 3)
		t.pos += len(digits)
		code, _ := strconv.ParseUint(digits, 8, 16)
		if code > 0o377 {
			return "", 0, t.fault(at, t.pos-at, "octal escape is beyond \\377")
		}
		return "", rune(code), nil
	case next == 'N':
		return "", 0, t.fault(at, 2, "characters by name are not known here: write the character itself, or \\u and four hexadecimal digits")
	case next >= 'a' && next <= 'z' || next >= 'A' && next <= 'Z' || next >= '8' && next <= '9':
		return "", 0, t.fault(at, 2, "bad escape \\%c", next)
	}
	return "", t.rune(), nil
}

// octal returns up to so many octal digits.
func octal(s string, most int) string {
	n := 0
	for n < len(s) && n < most && s[n] >= '0' && s[n] <= '7' {
		n++
	}
	return s[:n]
}

func (t *translator) hex(at, digits int) (rune, *PatternError) {
	t.pos++
	text := t.rest()[:min(digits, len(t.rest()))]
	code, bad := strconv.ParseUint(text, 16, 32)
	if bad != nil || len(text) < digits || code > utf8.MaxRune {
		return 0, t.fault(at, min(2+digits, len(t.text)-at), "incomplete escape: %d hexadecimal digits follow \\%c", digits, t.text[at+1])
	}
	t.pos += digits
	return rune(code), nil
}

// property reads \p{L}, which Python's re lacks and both engines have.
func (t *translator) property(at int) (string, *PatternError) {
	t.pos++
	name := ""
	if t.take("{") {
		name, _ = t.until('}')
	} else if t.pos < len(t.text) {
		name = string(t.rune())
	}
	if unicode.Categories[name] == nil && unicode.Scripts[name] == nil {
		return "", t.fault(at, max(2, t.pos-at), "bad escape %s", t.text[at:max(t.pos, at+2)])
	}
	return t.text[at:at+2] + "{" + name + "}", nil
}

// literal is a character as it is, or in all its cases.
func (m *modes) literal(r rune) string {
	if !m.ignoreCase || len(m.cases(r)) == 1 {
		return quote(r)
	}
	return "[" + m.span(r, r) + "]"
}

// quote writes a character so that it is itself, inside of a class and outside,
// to both engines.
func quote(r rune) string {
	if r < utf8.RuneSelf && r != '_' && (unicode.IsPunct(r) || unicode.IsSymbol(r) || r == ' ') {
		return `\` + string(r)
	}
	return string(r)
}
