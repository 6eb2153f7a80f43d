package flow

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// class reads a class after its opening bracket. Every character in it is
// itself but for ranges, escapes and a leading ^: there are no classes inside
// of classes, and [:alpha:] is seven characters.
func (t *translator) class(at int, m *modes) *PatternError {
	var b strings.Builder
	b.WriteByte('[')
	if t.take("^") {
		b.WriteByte('^')
	}
	for first := true; first || !t.take("]"); first = false {
		from := t.pos
		set, low, err := t.member(at, m)
		if err != nil {
			return err
		}
		dash := strings.HasPrefix(t.rest(), "-") && !strings.HasPrefix(t.rest(), "-]") && len(t.rest()) > 1
		switch {
		case !dash && set != "":
			b.WriteString(set)
		case !dash:
			b.WriteString(m.span(low, low))
		default:
			t.pos++
			other, high, err := t.member(at, m)
			if err != nil {
				return err
			}
			if set != "" || other != "" || low > high {
				return t.fault(from, t.pos-from, "bad character range %s", t.text[from:t.pos])
			}
			b.WriteString(m.span(low, high))
		}
	}
	b.WriteByte(']')
	t.put(b.String())
	return nil
}

// member reads one character or escape of a class.
func (t *translator) member(at int, m *modes) (set string, r rune, err *PatternError) {
	if t.pos == len(t.text) {
		return "", 0, t.fault(at, 1, "missing ], unterminated class")
	}
	from := t.pos
	switch r = t.rune(); {
	case r != '\\':
		return "", r, nil
	case t.take("b"):
		return "", '\b', nil
	}
	return t.character(from, m)
}

// span writes a range of characters in all their cases.
func (m *modes) span(low, high rune) string {
	if low == high && m.ignoreCase {
		text := ""
		for _, r := range m.cases(low) {
			text += quote(r)
		}
		return text
	}
	text := quote(low)
	if high > low {
		text += "-" + quote(high)
	}
	if !m.ignoreCase {
		return text
	}
	all := cased()
	i, _ := slices.BinarySearch(all, low)
	for ; i < len(all) && all[i] <= high; i++ {
		for _, r := range m.cases(all[i]) {
			if r < low || r > high {
				text += quote(r)
			}
		}
	}
	return text
}

// cases returns the characters that Python's re holds for the same when it
// ignores case.
func (m *modes) cases(r rune) []rune {
	switch {
	case m.ascii && r < utf8.RuneSelf && unicode.IsLetter(r):
		return []rune{unicode.ToLower(r), unicode.ToUpper(r)}
	case m.ascii:
		return []rune{r}
	case strings.ContainsRune(dotted, r):
		return []rune(dotted)
	}
	all := []rune{r}
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		all = append(all, other)
	}
	return all
}

// dotted are one letter to Python, and two or three to Unicode's simple folding.
const dotted = "iIıİ"

// cased are the characters that have cases, in ascending order.
var cased = sync.OnceValue(func() []rune {
	var all []rune
	for r := rune(0); r <= 0x1FFFF; r++ {
		if unicode.SimpleFold(r) != r || strings.ContainsRune(dotted, r) {
			all = append(all, r)
		}
	}
	return all
})

// What Python's \w, \d and \s are, in the words of a class.
const (
	word       = `\p{L}\p{N}_`
	digit      = `\p{Nd}`
	space      = "\t-\r\x1c-\\ \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
	notDigit   = `\P{Nd}`
	notSpace   = "\x00-\x08\x0e-\x1b\\!-\u0084\u0086-\u009f\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\U0010ffff"
	asciiWord  = `0-9A-Za-z_`
	asciiSpace = "\t-\r\\ "
)

func (m *modes) word() string { return choose(m.ascii, asciiWord, word) }

// category returns what a letter after a backslash stands for in a class.
func (m *modes) category(letter byte) (string, bool) {
	switch letter {
	case 'w':
		return m.word(), true
	case 'd':
		return choose(m.ascii, "0-9", digit), true
	case 's':
		return choose(m.ascii, asciiSpace, space), true
	case 'W':
		if m.ascii {
			return "\x00-\\/\\:-\\@\\[-\\^\\`\\{-\U0010ffff", true
		}
		return notWord(), true
	case 'D':
		return choose(m.ascii, "\x00-\\/\\:-\U0010ffff", notDigit), true
	case 'S':
		return choose(m.ascii, "\x00-\x08\x0e-\x1f\\!-\U0010ffff", notSpace), true
	}
	return "", false
}

// notWord are the ranges between letters, digits and underscore: a class cannot
// say "neither of two sets".
var notWord = sync.OnceValue(func() string {
	var b strings.Builder
	from := rune(-1)
	for r := rune(0); r <= unicode.MaxRune+1; r++ {
		in := r > unicode.MaxRune || r == '_' || unicode.In(r, unicode.L, unicode.N) || r >= 0xD800 && r <= 0xDFFF
		switch {
		case !in && from < 0:
			from = r
		case in && from >= 0:
			b.WriteString(quote(from) + "-" + quote(r-1))
			from = -1
		}
	}
	return b.String()
})
