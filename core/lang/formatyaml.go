package lang

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// blankLine stands for an empty line while the YAML library writes a text, since it keeps comments and no empty lines.
const blankLine = "#\uE000an empty line\uE000"

// FormatYAML returns a text in YAML with the usual indentation and spacing; comments, quotes and anchors stay. The diagnostics say why a
// text is no YAML; the error, that it cannot be formatted without changing it.
func FormatYAML(src *Source) ([]byte, Diagnostics, error) {
	before, diags := ParseYAML(src)
	if diags.HasErrors() {
		return nil, diags, nil
	}
	if before.Kind == Null {
		return src.Text, nil, nil
	}
	text := bytes.ReplaceAll(src.Text, []byte("\r\n"), []byte("\n"))
	for _, prepared := range [][]byte{markBlankLines(text), text} {
		formatted, err := rewriteYAML(prepared)
		if err != nil {
			continue
		}
		after, diags := ParseYAML(NewSource(src.Name, formatted))
		if !diags.HasErrors() && sameNode(before, after) && slices.Equal(commentsOf(text), commentsOf(formatted)) {
			return formatted, nil, nil
		}
	}
	return nil, nil, errNotFormatted
}

// rewriteYAML lets the library read and write a text.
func rewriteYAML(text []byte) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(&doc); err != nil {
		return nil, err
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	var out []byte
	blank := true // no empty line begins a file
	for line := range bytes.Lines(b.Bytes()) {
		if trimmed := bytes.TrimSpace(line); string(trimmed) == blankLine {
			if !blank {
				out = append(out, '\n')
			}
			blank = true
			continue
		}
		blank = false
		out = append(out, line...)
	}
	return append(bytes.TrimRight(out, "\n"), '\n'), nil
}

// markBlankLines puts blankLine in the place of empty lines between values, indented as what follows.
func markBlankLines(text []byte) []byte {
	var doc yaml.Node
	if yaml.Unmarshal(text, &doc) != nil {
		return text
	}
	lines := strings.Split(string(text), "\n")
	inside := linesOfScalars(&doc, lines)
	indent := ""
	for i := len(lines) - 1; i >= 0; i-- {
		switch trimmed := strings.TrimLeft(lines[i], " \t"); {
		case trimmed != "":
			indent = lines[i][:len(lines[i])-len(trimmed)]
		case !inside[i] && i < len(lines)-1:
			lines[i] = indent + blankLine
		}
	}
	return []byte(strings.Join(lines, "\n"))
}

// linesOfScalars returns which lines, from 0, belong to a scalar that may take more than one.
func linesOfScalars(doc *yaml.Node, lines []string) map[int]bool {
	var starts []int
	var scalars []*yaml.Node
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		starts = append(starts, n.Line-1)
		if n.Kind == yaml.ScalarNode {
			scalars = append(scalars, n)
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(doc)
	slices.Sort(starts)
	inside := map[int]bool{}
	for _, n := range scalars {
		first := n.Line - 1
		end := len(lines)
		if i, _ := slices.BinarySearch(starts, first+1); i < len(starts) {
			end = starts[i]
		}
		if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 || !strings.Contains(lines[first], "+") {
			for end > first+1 && (strings.TrimSpace(lines[end-1]) == "" || strings.HasPrefix(strings.TrimSpace(lines[end-1]), "#")) {
				end--
			}
		}
		for i := first; i < end; i++ {
			inside[i] = true
		}
	}
	return inside
}

// commentsOf returns the lines of all comments, in alphabetical order.
func commentsOf(text []byte) []string {
	var doc yaml.Node
	if yaml.Unmarshal(text, &doc) != nil {
		return nil
	}
	var all []string
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		for line := range strings.SplitSeq(n.HeadComment+"\n"+n.LineComment+"\n"+n.FootComment, "\n") {
			if line = strings.TrimSpace(line); line != "" {
				all = append(all, line)
			}
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(&doc)
	slices.Sort(all)
	return all
}

// sameNode reports whether two nodes mean the same, wherever they stand.
func sameNode(a, b *Node) bool {
	return a.Kind == b.Kind && a.Text == b.Text && a.Plain == b.Plain &&
		slices.EqualFunc(a.Items, b.Items, sameNode) &&
		slices.EqualFunc(a.Pairs, b.Pairs, func(p, q Pair) bool { return p.Key == q.Key && sameNode(p.Value, q.Value) })
}

// Comments returns how many lines of comments a text has.
func Comments(src *Source, hcl bool) int {
	if !hcl {
		return len(commentsOf(src.Text))
	}
	return hclComments(src.Text)
}
