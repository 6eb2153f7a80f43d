package ui

import (
	"fmt"
	"slices"
	"strings"
)

// chart is a small line over the last hour, 120 wide and 30 high.
type chart struct {
	Label string // for readers of screens
	Line  string // an SVG path
	Area  string // the same, closed
}

// newChart draws values, the newest at the right. The lowest line is 0.
func newChart(label string, values []float64) chart {
	const wide, high = 120.0, 30.0
	if len(values) < 2 {
		values = append(values, 0, 0)[:2]
	}
	top := max(slices.Max(values), 1e-9)
	var b strings.Builder
	step := wide / float64(most)
	left := wide - step*float64(len(values)-1)
	for i, v := range values {
		verb := "L"
		if i == 0 {
			verb = "M"
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", verb, left+step*float64(i), high-1-v/top*(high-3))
	}
	line := b.String()
	return chart{Label: label, Line: line, Area: fmt.Sprintf("%sL%.1f %.1fL%.1f %.1fZ", line, wide, high, left, high)}
}
