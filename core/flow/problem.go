package flow

import (
	"fmt"
	"strconv"
)

// Problem is something wrong with a flow.
type Problem struct {
	// Path leads to the place in the flow, in the words of a flow file and in
	// indexes from 0: models, 2, output_mounts, seg0.
	Path []string
	// AtKey says that the last word of Path itself is wrong, not its value.
	AtKey bool
	// Offset and Length say which bytes of the value are wrong, if Length is not 0.
	Offset, Length int
	Warning        bool
	Message        string
	Hint           string // what to do
}

// Error returns the path, the message and the hint on one line.
func (p Problem) Error() string {
	where := ""
	for i, step := range p.Path {
		if _, err := strconv.Atoi(step); err == nil && i > 0 {
			where += "[" + step + "]"
		} else {
			where += "." + step
		}
	}
	text := p.Message
	if where != "" {
		text = where[1:] + ": " + text
	}
	if p.Hint != "" {
		text += "; " + p.Hint
	}
	return text
}

// problems collects them.
type problems []Problem

func (p *problems) add(path []string, hint, format string, args ...any) *Problem {
	*p = append(*p, Problem{Path: path, Hint: hint, Message: fmt.Sprintf(format, args...)})
	return &(*p)[len(*p)-1]
}

func (p *problems) atKey(path []string, hint, format string, args ...any) *Problem {
	problem := p.add(path, hint, format, args...)
	problem.AtKey = true
	return problem
}

// at makes a path of words and indexes.
func at(steps ...any) []string {
	path := make([]string, len(steps))
	for i, s := range steps {
		path[i] = fmt.Sprint(s)
	}
	return path
}
