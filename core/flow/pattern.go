package flow

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// PatternTimeout is how long a pattern that only a backtracking engine can
// match may look at one value.
const PatternTimeout = 100 * time.Millisecond

// maxPattern bounds what the parsers of patterns are given.
const maxPattern = 4096

// ErrPatternTimeout means that a pattern was given up on.
var ErrPatternTimeout = errors.New("the pattern took too long for a value")

// Pattern is one compiled pattern of a trigger. It is safe for concurrent use.
type Pattern struct {
	Text    string // as written
	Exclude bool   // it began with "~"
	linear  *regexp.Regexp
	size    int             // of linear, in instructions
	trouble trouble         // the values that linear is not asked about
	back    *regexp2.Regexp // nil if linear answers for every value
}

// PatternError says why a text is no pattern.
type PatternError struct {
	Reason         string
	Offset, Length int // the bytes of the text that are wrong; Length 0: all of it
}

// Error returns the reason.
func (e *PatternError) Error() string { return e.Reason }

// CompilePattern reads a pattern in the syntax of Python's re, and gives it the
// meaning that it has there for text: \d, \w, \s and \b know all of Unicode, $
// also stands before a last newline, and (?i) folds as Python folds. "~" in
// front makes it an exclusion.
//
// What RE2 can match it matches, in linear time; what needs a backtracking
// engine (look-around, back-references, possessive repeats) is matched by one,
// within [PatternTimeout] for each value. An error is a [*PatternError]; its
// place is in text.
func CompilePattern(text string) (Pattern, error) {
	if len(text) > maxPattern {
		return Pattern{}, &PatternError{Reason: fmt.Sprintf("it is longer than %d bytes", maxPattern)}
	}
	body, exclude := strings.CutPrefix(text, "~")
	p := Pattern{Text: text, Exclude: exclude}
	re2 := translator{text: body}
	if err := re2.translate(); err != nil {
		err.Offset += len(text) - len(body)
		return Pattern{}, err
	}
	p.trouble = re2.trouble
	if !re2.backtracks {
		var err error
		if p.size = program(string(re2.out)); p.size > maxProgram {
			return Pattern{}, &PatternError{Reason: fmt.Sprintf("its repeats multiply to %d steps, which is more than the %d that a pattern may have", p.size, maxProgram)}
		}
		if p.linear, err = regexp.Compile(string(re2.out)); err == nil && p.trouble == 0 {
			return p, nil
		}
	}
	net := translator{text: body, back: true}
	if err := net.translate(); err != nil {
		return Pattern{}, err
	}
	back, err := regexp2.Compile(string(net.out), regexp2.None)
	if err != nil {
		return Pattern{}, &PatternError{Reason: "no engine here can match it: " + err.Error()}
	}
	back.MatchTimeout = PatternTimeout
	p.back = back
	return p, nil
}

// Found reports whether the pattern, without its "~", is found anywhere in a
// value. Its only error is [ErrPatternTimeout].
func (p *Pattern) Found(value string) (bool, error) {
	if p.linear != nil && !p.trouble.with(value) {
		if p.size > 0 && len(value) > maxSteps/p.size {
			return false, ErrPatternTimeout
		}
		return p.linear.MatchString(value), nil
	}
	found, err := p.back.MatchString(value)
	if err != nil {
		return false, ErrPatternTimeout
	}
	return found, nil
}

// Backtracks reports whether the pattern always needs the backtracking engine.
func (p *Pattern) Backtracks() bool { return p.linear == nil }

// trouble is what a value must not have for RE2 to say what Python says.
type trouble uint8

const (
	troubleUnicode trouble = 1 << iota // RE2's \b knows only the letters of ASCII
	troubleNewline                     // RE2 has no $ that stands before a last newline
	troubleEmpty                       // Python's \B is not found in an empty text
)

func (t trouble) with(value string) bool {
	switch {
	case t&troubleNewline != 0 && strings.HasSuffix(value, "\n"):
		return true
	case t&troubleEmpty != 0 && value == "":
		return true
	}
	return t&troubleUnicode != 0 && strings.ContainsFunc(value, func(r rune) bool { return r >= utf8.RuneSelf })
}
