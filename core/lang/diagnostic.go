package lang

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Severity says whether what a diagnostic is about keeps the file from being used.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Diagnostic is one complaint about a file.
type Diagnostic struct {
	Severity Severity
	Range    Range
	Summary  string // what is wrong
	Hint     string // what to do, or ""
}

// String returns the diagnostic on one line: file:line:column: severity:
// summary; hint.
func (d Diagnostic) String() string {
	text := string(d.Severity) + ": " + d.Summary
	if where := d.Range.String(); where != "" {
		text = where + ": " + text
	}
	if d.Hint != "" {
		text += "; " + d.Hint
	}
	return text
}

// Render returns the diagnostic as a compiler prints it: place and summary, the
// source line with the place marked, what to do.
func (d Diagnostic) Render() string {
	var b strings.Builder
	if where := d.Range.String(); where != "" {
		b.WriteString(where + ": ")
	}
	fmt.Fprintf(&b, "%s: %s\n", d.Severity, d.Summary)
	start := d.Range.Start
	if line, before, length := d.excerpt(); strings.TrimSpace(line) != "" {
		pad := strings.Map(func(r rune) rune {
			if r == '\t' {
				return r
			}
			return ' '
		}, string([]rune(line)[:before]))
		fmt.Fprintf(&b, "%5d | %s\n      | %s^%s\n", start.Line, line, pad, strings.Repeat("~", length-1))
	}
	if d.Hint != "" {
		fmt.Fprintf(&b, "      = %s\n", d.Hint)
	}
	return b.String()
}

// maxExcerpt is how many characters of a source line are shown.
const maxExcerpt = 160

// excerpt returns the source line, or of a long one what stands around the
// place: how many characters stand before the place in it, and how many the
// place takes.
func (d Diagnostic) excerpt() (line string, before, length int) {
	start, end := d.Range.Start, d.Range.End
	runes := []rune(d.Range.Source.Line(start.Line))
	before, length = min(max(0, start.Column-1), len(runes)), 1
	if end.Line == start.Line {
		length = max(1, min(end.Column, len(runes)+1)-start.Column)
	} else if end.Line > start.Line {
		length = max(1, len(runes)-before)
	}
	if len(runes) <= maxExcerpt {
		return string(runes), before, length
	}
	from := max(0, min(before-maxExcerpt/4, len(runes)-maxExcerpt))
	to := min(from+maxExcerpt, len(runes))
	line, before, length = string(runes[from:to]), before-from, min(length, max(1, to-before))
	if from > 0 {
		line, before = "…"+line, before+1
	}
	if to < len(runes) {
		line += "…"
	}
	return line, before, length
}

// MarshalJSON writes the diagnostic flat, for tools: severity, file, line,
// column, end_line, end_column, summary, hint, source.
func (d Diagnostic) MarshalJSON() ([]byte, error) {
	source, _, _ := d.excerpt()
	flat := struct {
		Severity  Severity `json:"severity"`
		File      string   `json:"file,omitempty"`
		Line      int      `json:"line,omitempty"`
		Column    int      `json:"column,omitempty"`
		EndLine   int      `json:"end_line,omitempty"`
		EndColumn int      `json:"end_column,omitempty"`
		Summary   string   `json:"summary"`
		Hint      string   `json:"hint,omitempty"`
		Source    string   `json:"source,omitempty"`
	}{
		Severity: d.Severity, Line: d.Range.Start.Line, Column: d.Range.Start.Column,
		EndLine: d.Range.End.Line, EndColumn: d.Range.End.Column,
		Summary: d.Summary, Hint: d.Hint, Source: source,
	}
	if d.Range.Source != nil {
		flat.File = d.Range.Source.Name
	}
	return json.Marshal(flat)
}

// Diagnostics are the complaints about one or several files.
type Diagnostics []Diagnostic

// HasErrors reports whether one of them is an error.
func (d Diagnostics) HasErrors() bool {
	return slices.ContainsFunc(d, func(one Diagnostic) bool { return one.Severity == Error })
}

// Err returns nil if none is an error, and otherwise a [*DiagnosticsError].
func (d Diagnostics) Err() error {
	if !d.HasErrors() {
		return nil
	}
	return &DiagnosticsError{d}
}

// DiagnosticsError is an error of diagnostics of which at least one is an error.
type DiagnosticsError struct{ Diagnostics Diagnostics }

// Error lists the errors, a line each.
func (e *DiagnosticsError) Error() string {
	var lines []string
	for _, one := range e.Diagnostics {
		if one.Severity == Error {
			lines = append(lines, one.String())
		}
	}
	return strings.Join(lines, "\n")
}

// Render returns all diagnostics as [Diagnostic.Render] does.
func (e *DiagnosticsError) Render() string {
	var b strings.Builder
	_ = e.Diagnostics.Fprint(&b) // which cannot fail
	return b.String()
}

// Fprint writes every diagnostic as [Diagnostic.Render] does.
func (d Diagnostics) Fprint(w io.Writer) error {
	for _, one := range d {
		if _, err := io.WriteString(w, one.Render()); err != nil {
			return err
		}
	}
	return nil
}

// Sort puts the diagnostics of each file into the order of its lines. Files
// keep the order they are met in.
func (d Diagnostics) Sort() {
	order := map[string]int{}
	name := func(one Diagnostic) string {
		if one.Range.Source == nil {
			return ""
		}
		return one.Range.Source.Name
	}
	for _, one := range d {
		if _, met := order[name(one)]; !met {
			order[name(one)] = len(order)
		}
	}
	slices.SortStableFunc(d, func(a, b Diagnostic) int {
		if n := order[name(a)] - order[name(b)]; n != 0 {
			return n
		}
		if n := a.Range.Start.Line - b.Range.Start.Line; n != 0 {
			return n
		}
		return a.Range.Start.Column - b.Range.Start.Column
	})
}

// FirstOfEachPlace drops an error about a place that an earlier error is about:
// what could not be read is not also wrong.
func (d Diagnostics) FirstOfEachPlace() Diagnostics {
	var kept Diagnostics
	for _, one := range d {
		again := slices.ContainsFunc(kept, func(k Diagnostic) bool {
			return k.Severity == Error && one.Severity == Error && k.Range == one.Range && k.Range.Start.Line > 0
		})
		if !again {
			kept = append(kept, one)
		}
	}
	return kept
}

// Once drops what is said again word for word about the same place, as about
// each of the blocks that a dynamic one makes.
func (d Diagnostics) Once() Diagnostics {
	said := map[Diagnostic]bool{}
	return slices.DeleteFunc(slices.Clone(d), func(one Diagnostic) bool {
		again := said[one]
		said[one] = true
		return again
	})
}

// Errorf adds an error about a place. The hint says what to do.
func (d *Diagnostics) Errorf(at Range, hint, format string, args ...any) {
	*d = append(*d, Diagnostic{Severity: Error, Range: at, Summary: summary(format, args), Hint: hint})
}

// Warnf adds a warning about a place.
func (d *Diagnostics) Warnf(at Range, hint, format string, args ...any) {
	*d = append(*d, Diagnostic{Severity: Warning, Range: at, Summary: summary(format, args), Hint: hint})
}

// summary says something about values, of which very long ones are cut.
func summary(format string, args []any) string {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			if runes := []rune(text); len(runes) > maxExcerpt {
				args[i] = string(runes[:maxExcerpt]) + "…"
			}
		}
	}
	return fmt.Sprintf(format, args...)
}
