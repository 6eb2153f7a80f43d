package flow

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
	syntax2 "github.com/dlclark/regexp2/syntax"
)

// PatternTimeout is how long a pattern that only a backtracking engine can match may look at one value.
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
	back    *regexp2.Regexp
}

// PatternError says why a text is no pattern.
type PatternError struct {
	Reason         string
	Offset, Length int // the bytes of the text that are wrong; Length 0: all of it
}

// Error returns the reason.
func (e *PatternError) Error() string { return e.Reason }

// CompilePattern reads a pattern in the syntax of Python's re. "~" in front makes it an exclusion. What RE2 can match it matches, in linear
// time; what needs a backtracking engine (look-around, back-references) is matched by one, within [PatternTimeout] for each value. An error is a
// [*PatternError].
func CompilePattern(text string) (Pattern, error) {
	p := Pattern{Text: text}
	if len(text) > maxPattern {
		return Pattern{}, &PatternError{Reason: fmt.Sprintf("it is longer than %d bytes", maxPattern)}
	}
	body, exclude := strings.CutPrefix(text, "~")
	p.Exclude = exclude
	translated := fromPython(body)
	linear, err := regexp.Compile(translated)
	if err == nil {
		p.linear = linear
		return p, nil
	}
	back, err2 := regexp2.Compile(translated, regexp2.None)
	if err2 == nil {
		back.MatchTimeout = PatternTimeout
		p.back = back
		return p, nil
	}
	return Pattern{}, patternError(text, body, err, err2)
}

// Found reports whether the pattern, without its "~", is found anywhere in a value. Its only error is [ErrPatternTimeout].
func (p *Pattern) Found(value string) (bool, error) {
	if p.linear != nil {
		return p.linear.MatchString(value), nil
	}
	found, err := p.back.MatchString(value)
	if err != nil {
		return false, ErrPatternTimeout
	}
	return found, nil
}

// Backtracks reports whether the pattern needs the backtracking engine.
func (p *Pattern) Backtracks() bool { return p.back != nil }

// patternError tells what a person can act on: RE2's complaint, unless it is only that RE2 lacks something.
func patternError(text, body string, linear, back error) error {
	e := &PatternError{Reason: back.Error()}
	var fragment string
	var re2 *syntax.Error
	var net *syntax2.Error
	switch {
	case errors.As(linear, &re2) && re2.Code != syntax.ErrInvalidPerlOp && re2.Code != syntax.ErrInvalidEscape:
		e.Reason, fragment = re2.Code.String(), re2.Expr
	case errors.As(back, &net):
		e.Reason = net.Code.String()
		if len(net.Args) > 0 {
			e.Reason = fmt.Sprintf(e.Reason, net.Args...)
		}
	}
	if i := strings.Index(body, fragment); fragment != "" && len(fragment) < len(body) && i >= 0 {
		e.Offset, e.Length = len(text)-len(body)+i, len(fragment)
	}
	return e
}
