package lang

import (
	"regexp"
	"strings"
)

// yamlMistake is one that people make again and again, and that the parser says
// in its own words and without a column.
type yamlMistake struct {
	says string // what the parser's complaint contains
	// find returns where the mistake is, given the line that the parser means;
	// the zero range if the whole line is the place. If ok is false, it is
	// another mistake.
	find func(src *Source, line int, what string) (at Range, ok bool)
	hint string
}

var yamlMistakes = []yamlMistake{
	{"", tabIndent, "indent with spaces instead of tabs"},
	{"cannot start any token", inLine(`(?:^|: +|- +|[\[{,] *)([@%\x60])`), "put a value that begins with @, ` or % into quotes"},
	{"mapping values are not allowed", missingSpace, "write a space behind the colon"},
	{"mapping values are not allowed", inLine(`: +[^"'\[{].*?(:)(?: |$)`), `put a value that contains ": " into quotes`},
	{"mapping values are not allowed", anywhere, "check the indentation of this line and the one before"},
	{"unknown escape character", inLine(`(\\[^0abtnvfre "/\\N_LPxuU])`), "put a text with backslashes into single quotes"},
	{"unknown anchor", anchor, "put a value that begins with * into quotes, unless it means an anchor (&name) above it"},
	{"expected alphabetic or numeric", inLine(`(?:^|: +|- +|[\[{,] *)([*&])`), "put a value that begins with * or & into quotes"},
	{"could not find expected ':'", anywhere, "write key: value; the lines of a text below | are indented as far as its first one"},
	{"did not find expected", anywhere, "check indentation, brackets and quotes in this line and the one before"},
}

func anywhere(*Source, int, string) (Range, bool) { return Range{}, true }

// inLine finds what the first group of a pattern matches in the line.
func inLine(pattern string) func(*Source, int, string) (Range, bool) {
	re := regexp.MustCompile(pattern)
	return func(src *Source, line int, _ string) (Range, bool) {
		text := src.Line(line)
		m := re.FindStringSubmatchIndex(text)
		if m == nil {
			return Range{}, false
		}
		return Range{Source: src, Start: Pos{line, len([]rune(text[:m[2]])) + 1}, End: Pos{line, len([]rune(text[:m[3]])) + 1}}, true
	}
}

// tabIndent finds a line that is indented with a tab, from the line on that the
// parser means.
func tabIndent(src *Source, line int, what string) (Range, bool) {
	if !strings.Contains(what, "cannot start any token") && !strings.Contains(what, "tab character") {
		return Range{}, false
	}
	for n := line; n <= line+1; n++ {
		text := src.Line(n)
		indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
		if i := strings.IndexByte(indent, '\t'); i >= 0 {
			return Range{Source: src, Start: Pos{n, i + 1}, End: Pos{n, len(indent) + 1}}, true
		}
	}
	return Range{}, false
}

var unspacedColon = regexp.MustCompile(`^ *(?:- +)?[A-Za-z_]+:[^\s/]`)

// missingSpace finds a key whose colon has no space behind it, in the line
// before the one where the parser notices.
func missingSpace(src *Source, line int, _ string) (Range, bool) {
	for line--; line > 0 && strings.TrimSpace(src.Line(line)) == ""; {
		line--
	}
	m := unspacedColon.FindString(src.Line(line))
	if m == "" {
		return Range{}, false
	}
	colon := len([]rune(m)) - 1
	return Range{Source: src, Start: Pos{line, colon}, End: Pos{line, colon + 1}}, true
}

// anchor finds the alias that means nothing.
func anchor(src *Source, _ int, what string) (Range, bool) {
	_, name, _ := strings.Cut(what, "'")
	name, _, _ = strings.Cut(name, "'")
	for n := range src.lines {
		if i := strings.Index(src.Line(n+1), "*"+name); i >= 0 {
			column := len([]rune(src.Line(n + 1)[:i])) + 1
			return Range{Source: src, Start: Pos{n + 1, column}, End: Pos{n + 1, column + 1 + len([]rune(name))}}, true
		}
	}
	return Range{}, true
}
