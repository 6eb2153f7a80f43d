package cli

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// gap is between two columns.
const gap = 2

// fields writes what is known of one thing: a name and a value a row, those
// without a value left out.
func (b *base) fields(rows [][]string) {
	b.table(slices.DeleteFunc(rows, func(row []string) bool { return row[1] == "" }))
}

// table writes rows in columns. The first row names them; states have colours on
// a terminal.
func (b *base) table(rows [][]string) { b.columns(rows, 0) }

// listed is table for many things, each of which has one line: on a terminal the
// last column is cut to its width.
func (b *base) listed(rows [][]string) { b.columns(rows, terminalOf(b.out).width) }

// columns writes rows in columns, and cuts the last one where lines would be wider
// than most columns; 0: none is cut.
func (b *base) columns(rows [][]string, most int) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			row[i] = printable(cell)
			if i == len(widths) {
				widths = append(widths, 0)
			}
			if i < len(row)-1 {
				widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
			}
		}
	}
	terminal := terminalOf(b.out)
	for n, row := range rows {
		var line strings.Builder
		used := 0
		for i, cell := range row {
			last := i == len(row)-1
			if last && most > 0 {
				cell = cut(cell, most-used)
			}
			width := utf8.RuneCountInString(cell)
			if n > 0 && isState(rows[0], row, i) {
				cell = terminal.paint(cell)
			}
			line.WriteString(cell)
			if !last {
				line.WriteString(strings.Repeat(" ", widths[i]+gap-width))
				used += widths[i] + gap
			}
		}
		fmt.Fprintln(b.out, line.String())
	}
}

// isState reports whether a cell has a state: under that name, or beside it.
func isState(head, row []string, i int) bool {
	return i < len(head) && head[i] == "STATE" || i == 1 && row[0] == "State"
}

// cut shortens a text to one line of so many columns, and never to nothing.
func cut(text string, columns int) string {
	text = strings.Join(strings.Fields(text), " ")
	columns = max(columns, 1)
	if utf8.RuneCountInString(text) <= columns {
		return text
	}
	return string([]rune(text)[:columns-1]) + "…"
}
