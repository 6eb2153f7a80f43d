package lang

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// insideValues returns which lines, from 0, begin within a value: a text of
// several lines, or a list or map in brackets.
func insideValues(doc *yaml.Node, lines []string) map[int]bool {
	var starts []int
	var all []*yaml.Node
	everyNode(doc, func(n *yaml.Node) {
		starts = append(starts, n.Line-1)
		all = append(all, n)
	})
	slices.Sort(starts)
	inside := map[int]bool{}
	for _, n := range all {
		first, end := n.Line-1, 0
		switch {
		case n.Kind == yaml.ScalarNode:
			end = endOfScalar(n, starts, lines)
		case n.Style&yaml.FlowStyle != 0:
			end = endOfBrackets(n, lines)
		}
		for i := first + 1; i < end; i++ {
			inside[i] = true
		}
	}
	return inside
}

// everyNode visits a node and all that are in it, in the order of the text.
func everyNode(n *yaml.Node, visit func(*yaml.Node)) {
	visit(n)
	for _, c := range n.Content {
		everyNode(c, visit)
	}
}

// endOfScalar returns the line behind a scalar, given on which lines values
// begin. Empty lines and comments behind it are not its own, unless it says so.
func endOfScalar(n *yaml.Node, starts []int, lines []string) int {
	first, end := n.Line-1, len(lines)
	if i, _ := slices.BinarySearch(starts, first+1); i < len(starts) {
		end = starts[i]
	}
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 || !strings.Contains(lines[first], "+") {
		for end > first+1 && (strings.TrimSpace(lines[end-1]) == "" || strings.HasPrefix(strings.TrimSpace(lines[end-1]), "#")) {
			end--
		}
	}
	return end
}

// endOfBrackets returns the line behind a list or map in brackets.
func endOfBrackets(n *yaml.Node, lines []string) int {
	last := n.Line
	for _, c := range n.Content {
		last = max(last, c.Line)
		if c.Style&yaml.FlowStyle != 0 {
			last = max(last, endOfBrackets(c, lines))
		}
	}
	for last < len(lines) && strings.HasPrefix(strings.TrimSpace(lines[last]), "#") || last < len(lines) && strings.IndexAny(strings.TrimSpace(lines[last]), "]},") == 0 {
		last++
	}
	return last
}

// commentsOf returns the lines of all comments, in alphabetical order.
func commentsOf(text []byte) []string {
	var doc yaml.Node
	if yaml.Unmarshal(text, &doc) != nil {
		return nil
	}
	var all []string
	everyNode(&doc, func(n *yaml.Node) {
		for line := range strings.SplitSeq(n.HeadComment+"\n"+n.LineComment+"\n"+n.FootComment, "\n") {
			if line = strings.TrimSpace(line); line != "" {
				all = append(all, line)
			}
		}
	})
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
