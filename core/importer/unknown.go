package importer

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/lang"
)

// keepUnknown keeps what the Python version read over without a word: the words
// of a flow that mean nothing go below extra, which runs carry along, and those
// within its parts are marked as nobody's.
func (in *installation) keepUnknown(f *File) {
	unknown := flowfile.UnknownOf(f.From, f.Text)
	// from the end, so that what stands before keeps its place
	slices.SortFunc(unknown, func(a, b flowfile.Unknown) int {
		return slices.Compare([]int{b.At.Start.Line, b.At.Start.Column}, []int{a.At.Start.Line, a.At.Start.Column})
	})
	for _, u := range unknown {
		from := fmt.Sprintf("%s:%d", f.From, u.At.Start.Line)
		did := "was marked with x-, and is ignored"
		text, moved := []byte(nil), false
		if u.Flow {
			text, moved = underExtra(f.Text, u.Pair)
		}
		if moved {
			did = "was moved to extra"
		} else {
			text = marked(f.Text, u.At.Start)
		}
		f.Text = text
		meant := ""
		if u.Meant != "" {
			meant = ": " + u.Meant
		}
		in.note(Changed, from, "%s is a word that the Python version ignored; it %s%s", u.Key, did, meant)
	}
}

// marked puts x- before a word.
func marked(text []byte, at lang.Pos) []byte {
	lines := bytes.SplitAfter(text, []byte("\n"))
	line := []rune(string(lines[at.Line-1]))
	column := min(at.Column-1, len(line))
	if column < len(line) && (line[column] == '"' || line[column] == '\'') {
		column++
	}
	lines[at.Line-1] = []byte(string(line[:column]) + "x-" + string(line[column:]))
	return bytes.Join(lines, nil)
}

// underExtra moves a word of a flow, with the lines of its value, below extra. It
// reports false if the file is not written in lines, or has an extra that is not.
func underExtra(text []byte, word lang.Pair) ([]byte, bool) {
	root, diagnostics := lang.ParseYAML(lang.NewSource("flow.yaml", text))
	if diagnostics.HasErrors() || word.At.Start.Column != 1 {
		return nil, false
	}
	lines := strings.SplitAfter(string(text), "\n")
	first, last := word.At.Start.Line-1, len(lines)
	for _, p := range root.Pairs {
		switch start := p.At.Start.Line - 1; {
		case p.At.Start.Column != 1:
			return nil, false
		case start > first && start < last:
			last = start
		}
	}
	block := slices.Clone(lines[first:last])
	if slices.ContainsFunc(block, func(line string) bool { return strings.HasPrefix(line, "...") || strings.HasPrefix(line, "---") }) {
		return nil, false
	}
	indent, after := "  ", -1
	if extra := root.Pair("extra"); extra != nil {
		if extra.Value.Kind != lang.Map || len(extra.Value.Pairs) == 0 || extra.Value.Pairs[0].At.Start.Line == extra.At.Start.Line {
			return nil, false
		}
		indent, after = strings.Repeat(" ", extra.Value.Pairs[0].At.Start.Column-1), extra.At.Start.Line-1
	}
	for i, line := range block {
		if strings.TrimSpace(line) != "" {
			block[i] = indent + strings.TrimRight(line, "\r\n") + "\n"
		}
	}
	var moved []string
	for i, line := range lines {
		if i < first || i >= last {
			moved = append(moved, line)
		}
		if i == after {
			moved = append(moved, block...)
		}
	}
	if after < 0 {
		if n := len(moved); n > 0 && moved[n-1] != "" && !strings.HasSuffix(moved[n-1], "\n") {
			moved[n-1] += "\n"
		}
		moved = append(append(moved, "extra:\n"), block...)
	}
	return []byte(strings.Join(moved, "")), true
}
