package flow

import (
	"regexp/syntax"
	"strings"
	"time"
)

const (
	// maxEffort is how long the patterns of one flow that need a backtracking
	// engine may look at one arrival, all together.
	maxEffort = 2 * time.Second
	// maxProgram is how many instructions RE2 may make of a pattern. Repeats of
	// repeats multiply.
	maxProgram = 100_000
	// maxSteps is how many steps RE2 may need for one value: some seconds.
	maxSteps = 1 << 28
)

// Effort is what the patterns of one flow have cost with one arrival. The zero
// value has cost nothing. It is for one goroutine.
type Effort struct{ spent time.Duration }

// Found is [Pattern.Found], with [ErrPatternTimeout] as soon as the patterns before
// have cost too much.
func (e *Effort) Found(p *Pattern, value string) (bool, error) {
	if !p.Backtracks() {
		return p.Found(value)
	}
	if e.spent >= maxEffort {
		return false, ErrPatternTimeout
	}
	began := time.Now()
	found, err := p.Found(value)
	e.spent += time.Since(began)
	return found, err
}

// program returns how many instructions RE2 makes of a pattern.
func program(pattern string) int {
	if !strings.Contains(pattern, "{") { // nothing multiplies
		return len(pattern)
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0 // which regexp.Compile says better
	}
	made, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return 0
	}
	return len(made.Inst)
}
