package bench

import (
	"fmt"
	"io"
	"slices"
	"testing"
	"time"
)

// report is the list of all comparisons.
type report struct{ lines []string }

// compare notes both sides of a comparison and their ratio. The benchmark fails
// if the promise is not kept.
func compare(b *testing.B, ours, theirs side, is promise) {
	b.Helper()
	ratio := ours.value() / theirs.value()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ours.value(), "ours-"+ours.unit)
	b.ReportMetric(theirs.value(), "theirs-"+theirs.unit)
	b.ReportMetric(ratio, "ratio")
	note(b, is.kept(ratio), fmt.Sprintf("%s\n  and %s\n  ratio %.3g, promised %s", ours, theirs, ratio, is))
}

// limit notes a measurement with a bound of its own. The benchmark fails if the
// promise is not kept.
func limit(b *testing.B, ours side, is promise) {
	b.Helper()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ours.value(), ours.unit)
	note(b, is.kept(ours.value()), fmt.Sprintf("%s\n  promised %s %s", ours, is, ours.unit))
}

// remark notes what is measured for information.
func remark(text string) { table.lines = append(table.lines, "  "+text) }

// remarkRatio notes what stands beside a measurement.
func remarkRatio(ours, beside side) {
	remark(fmt.Sprintf("%s; ratio %.3g", beside, ours.value()/beside.value()))
}

func note(b *testing.B, kept bool, text string) {
	b.Helper()
	verdict := "met"
	if !kept {
		verdict = "MISSED"
		b.Errorf("target missed: %s", text)
	}
	table.lines = append(table.lines, fmt.Sprintf("%s\n  %s: %s", b.Name(), text, verdict))
}

// skip leaves a benchmark out, loudly.
func skip(b *testing.B, why string) {
	b.Helper()
	table.lines = append(table.lines, fmt.Sprintf("%s\n  SKIPPED: %s", b.Name(), why))
	b.Skip(why)
}

func (r *report) print(w io.Writer) {
	fmt.Fprintln(w)
	for _, line := range r.lines {
		fmt.Fprintln(w, line)
	}
	fmt.Fprintln(w)
}

// side is one side of a comparison: the same thing measured in one or more rounds.
type side struct {
	what   string
	unit   string
	rounds []float64
}

func (s *side) add(value float64)               { s.rounds = append(s.rounds, value) }
func (s *side) seconds(took time.Duration)      { s.add(took.Seconds()) }
func (s *side) milliseconds(took time.Duration) { s.add(took.Seconds() * 1e3) }

// value is the median of the rounds.
func (s *side) value() float64 {
	sorted := slices.Sorted(slices.Values(s.rounds))
	return sorted[len(sorted)/2]
}

func (s side) String() string {
	text := fmt.Sprintf("%s: %.4g %s", s.what, s.value(), s.unit)
	if len(s.rounds) > 1 {
		text += fmt.Sprintf(" (median of %d rounds, %.4g to %.4g)", len(s.rounds), slices.Min(s.rounds), slices.Max(s.rounds))
	}
	return text
}

// promise bounds a number from above or from below.
type promise struct {
	least float64 // unless 0
	most  float64 // unless 0
}

func (p promise) kept(value float64) bool {
	return value >= p.least && (p.most == 0 || value <= p.most)
}

func (p promise) String() string {
	if p.most != 0 {
		return fmt.Sprintf("at most %g", p.most)
	}
	return fmt.Sprintf("at least %g", p.least)
}
