// Package markdown lays out the text of pages that are generated. Text comes in,
// Markdown goes out. It must not know what the pages are about.
package markdown

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// columns is where the lines of a paragraph end.
const columns = 80

// word is what a line break must not divide: code with spaces is one word.
var word = regexp.MustCompile("(?:[^\\s`]|`[^`]*`|`)+")

// Wrap breaks a paragraph into lines of at most 80 columns, where its words
// allow that.
func Wrap(paragraph string) string {
	var b strings.Builder
	column := 0
	for _, w := range word.FindAllString(paragraph, -1) {
		width := utf8.RuneCountInString(w)
		switch {
		case column == 0:
		case column+1+width > columns:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(w)
		column += width
	}
	return b.String()
}

// Cell makes a text fit for a cell of a table.
func Cell(text string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text) }
