package lang

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// rangeOf returns where a node is written. The parser gives its start only; the
// end of a scalar is found in the text.
func (r *yamlReader) rangeOf(y *yaml.Node) Range {
	at := r.src.At(max(1, y.Line), max(1, y.Column))
	line := r.src.characters(y.Line)
	if y.Column < 1 || y.Column > len(line) {
		return at
	}
	rest := line[y.Column-1:]
	length := 0
	switch {
	case y.Kind == yaml.AliasNode:
		length = 1 + len([]rune(y.Value))
	case y.Kind != yaml.ScalarNode:
	case y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		length = quotedLength(rest)
	default:
		if text := []rune(y.Value); len(text) <= len(rest) && slices.Equal(text, rest[:len(text)]) {
			length = len(text)
		}
	}
	at.End.Column = at.Start.Column + max(1, length)
	return at
}

// quotedLength returns how many characters a quoted scalar takes, or 0 if it
// does not end among the characters.
func quotedLength(runes []rune) int {
	if len(runes) == 0 || runes[0] != '"' && runes[0] != '\'' {
		return 0
	}
	for i := 1; i < len(runes); i++ {
		switch {
		case runes[i] == '\\' && runes[0] == '"':
			i++
		case runes[i] == runes[0] && runes[0] == '\'' && i+1 < len(runes) && runes[i+1] == '\'':
			i++
		case runes[i] == runes[0]:
			return i + 1
		}
	}
	return 0
}

// innerOf returns where the first character of a scalar's text stands, if text
// and spelling are the same.
func (r *yamlReader) innerOf(n *Node) Pos {
	runes := r.src.characters(n.Range.Start.Line)
	if n.Range.End.Column-1 > len(runes) {
		return Pos{}
	}
	spelled := string(runes[n.Range.Start.Column-1 : n.Range.End.Column-1])
	switch spelled {
	case n.Text:
		return n.Range.Start
	case `"` + n.Text + `"`, `'` + n.Text + `'`:
		return Pos{n.Range.Start.Line, n.Range.Start.Column + 1}
	}
	return Pos{}
}

var yamlErrorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// explainYAML makes a diagnostic of the parser's error. The parser names no
// column, and often the line where the value begins that is broken far below; a
// string that lacks its end quote it blames on any line. So both are looked
// for.
func explainYAML(src *Source, err error) Diagnostic {
	line, what := 1, err.Error()
	if m := yamlErrorLine.FindStringSubmatch(what); m != nil {
		what = m[2]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
			if strings.HasPrefix(what, "did not find expected") {
				line = firstBroken(src, n)
			}
		}
	}
	for line > 1 && strings.TrimSpace(src.Line(line)) == "" {
		line--
	}
	d := Diagnostic{Severity: Error, Range: src.wholeLine(line), Summary: "not YAML: " + what}
	if quote := openQuote(src); quote.Start.Line != 0 {
		d.Range = quote
		d.Hint = "the string that begins here does not end on its line; add its closing quote"
		return d
	}
	for _, m := range yamlMistakes {
		if !strings.Contains(what, m.says) {
			continue
		}
		if at, ok := m.find(src, line, what); ok {
			d.Hint = m.hint
			if at.Start.Line != 0 {
				d.Range = at
			}
			return d
		}
	}
	return d
}

// firstBroken returns the line from which on the text is broken, given the one
// that the parser names: where the value begins that is broken further down. It
// tries how much of the text can be read.
func firstBroken(src *Source, from int) int {
	const maxTries, maxBytes = 200, 64 << 10
	if len(src.Text) > maxBytes {
		return from + 1
	}
	good := from - 1
	for n := from; n < min(len(src.lines), from+maxTries); n++ {
		var doc yaml.Node
		if yaml.Unmarshal(bytes.Join(src.lines[:n], []byte("\n")), &doc) == nil {
			good = n
		}
	}
	return good + 1
}

var valueQuote = regexp.MustCompile(`(?:^|: +|- +|[\[{,] *)["']`)

// openQuote returns where the first value begins that is quoted and does not
// end on its line.
func openQuote(src *Source) Range {
	for i := range src.lines {
		line := src.Line(i + 1)
		for from := 0; len(line) < 4096; {
			m := valueQuote.FindStringIndex(line[from:])
			if m == nil {
				break
			}
			start := from + m[1] - 1
			if before := strings.TrimRight(line[:start], " "); strings.HasSuffix(before, ",") && !strings.ContainsAny(before, "[{") {
				// a comma outside of brackets is one like any other character,
				// as in a private tag
				from = start + 1
				continue
			}
			if hash := strings.Index(line[:start], " #"); hash >= 0 || strings.HasPrefix(strings.TrimSpace(line), "#") {
				break
			}
			length := quotedLength([]rune(line[start:]))
			if length == 0 {
				column := len([]rune(line[:start])) + 1
				return Range{Source: src, Start: Pos{i + 1, column}, End: Pos{i + 1, len([]rune(line)) + 1}}
			}
			from = start + len(string([]rune(line[start:])[:length]))
		}
	}
	return Range{}
}
