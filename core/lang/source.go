package lang

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/raddeploy/raddeploy/core/internal/regular"
)

// maxFile is what is read of a file at most. The languages' own limits are lower.
const maxFile = 4 << 20

// Source is the text of one file, kept so that a diagnostic can show the line
// it is about. While it is parsed it is for one goroutine.
type Source struct {
	Name  string
	Text  []byte
	lines [][]byte
	start []int // of each line in Text

	last  int // the line that runes holds
	runes []rune
}

// NewSource makes a source of a file's text. The name is shown in diagnostics
// as it is given here.
func NewSource(name string, text []byte) *Source {
	s := &Source{Name: name, Text: text, lines: bytes.Split(text, []byte("\n"))}
	offset := 0
	for _, line := range s.lines {
		s.start = append(s.start, offset)
		offset += len(line) + 1
	}
	return s
}

// ReadFile returns the text of a file of configuration. It reads regular files
// alone, and of them no more than a configuration may have.
func ReadFile(path string) ([]byte, error) { return regular.Read(path, maxFile) }

// ReadText is ReadFile for standard input, which may be a pipe. Of a longer text
// it returns the beginning, which the languages' own limits then refuse.
func ReadText(from io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(from, maxFile)) }

// Line returns a line without its end, counted from 1, or "" where there is none.
func (s *Source) Line(n int) string {
	if s == nil || n < 1 || n > len(s.lines) {
		return ""
	}
	return string(bytes.ToValidUTF8(bytes.TrimSuffix(s.lines[n-1], []byte("\r")), []byte("\uFFFD")))
}

// characters returns the characters of a line. The line that was asked for last
// is kept: a long one is asked for by every value on it.
func (s *Source) characters(n int) []rune {
	if s.last != n {
		s.last, s.runes = n, []rune(s.Line(n))
	}
	return s.runes
}

// Pos is a place in a text. Lines and columns count from 1, columns in
// characters; the zero Pos is no place.
type Pos struct{ Line, Column int }

// Range is a part of a source, End not included. The zero Range is no place in
// particular.
type Range struct {
	Source     *Source
	Start, End Pos
}

// String returns file:line:column, as far as they are known.
func (r Range) String() string {
	switch {
	case r.Source == nil:
		return ""
	case r.Start.Line == 0:
		return r.Source.Name
	}
	return fmt.Sprintf("%s:%d:%d", r.Source.Name, r.Start.Line, r.Start.Column)
}

// At returns the range of one character at a place of the source.
func (s *Source) At(line, column int) Range {
	return Range{Source: s, Start: Pos{line, column}, End: Pos{line, column + 1}}
}

// Whole returns the range that stands for the file itself.
func (s *Source) Whole() Range { return Range{Source: s} }

// wholeLine returns the range of what is written on a line, without the space
// around it.
func (s *Source) wholeLine(n int) Range {
	runes := []rune(s.Line(n))
	first, last := 0, len(runes)
	for first < last && (runes[first] == ' ' || runes[first] == '\t') {
		first++
	}
	for last > first && (runes[last-1] == ' ' || runes[last-1] == '\t') {
		last--
	}
	return Range{Source: s, Start: Pos{n, first + 1}, End: Pos{n, max(last, first+1) + 1}}
}

// position returns the place of a byte of the text.
func (s *Source) position(offset int) Pos {
	line, exact := slices.BinarySearch(s.start, offset)
	if !exact {
		line--
	}
	return Pos{line + 1, utf8.RuneCount(s.Text[s.start[line]:offset]) + 1}
}

// lineOf returns the number of the line that a range begins on.
func lineOf(r Range) string { return strconv.Itoa(r.Start.Line) }
