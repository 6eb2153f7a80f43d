package lang

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The YAML library could write a text that it has read. But it moves comments
// to other lines, writes the escapes and the line breaks of strings in its own
// way, and drops empty lines. So lines are moved here as they are.

// FormatYAML returns a text in YAML with the usual indentation and spacing;
// strings, comments and anchors stay as they are written, on the line where
// they stand. The diagnostics say why a text is no YAML; the error, that it
// cannot be formatted without changing it.
func FormatYAML(src *Source) ([]byte, Diagnostics, error) {
	before, diags := ParseYAML(src)
	if diags.HasErrors() {
		return nil, diags, nil
	}
	if before.Kind == Null {
		return src.Text, nil, nil
	}
	text := bytes.ReplaceAll(src.Text, []byte("\r\n"), []byte("\n"))
	formatted, err := reindent(text)
	if err != nil {
		return nil, nil, err
	}
	after, diags := ParseYAML(NewSource(src.Name, formatted))
	if diags.HasErrors() || !sameNode(before, after) || !slices.Equal(commentsOf(text), commentsOf(formatted)) {
		return nil, nil, errNotFormatted
	}
	return formatted, nil, nil
}

// level is a map or a list that the present line is in: the column where it
// stands, and the one where it is to stand.
type level struct {
	old, new int
	list     bool
}

// yamlLines moves lines, one after the other.
type yamlLines struct {
	lines  []string
	inside map[int]bool // lines that begin within a value
	levels []level
	moved  int // by how much the last line was moved
	value  int // by how much the further lines of its value are
	out    []string
}

func reindent(text []byte) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	y := &yamlLines{lines: strings.Split(strings.TrimRight(string(text), " \t\n"), "\n")}
	y.inside = insideValues(&doc, y.lines)
	for i, line := range y.lines {
		switch content := strings.TrimLeft(line, " "); {
		case y.inside[i]:
			y.within(line)
		case strings.TrimSpace(line) == "":
			if len(y.out) > 0 && y.out[len(y.out)-1] != "" {
				y.out = append(y.out, "")
			}
		case strings.HasPrefix(line, "---") || strings.HasPrefix(line, "..."):
			y.out = append(y.out, strings.TrimRight(line, " \t"))
		case content[0] == '#':
			y.comment(i)
		default:
			y.content(i, line, content)
		}
	}
	return []byte(strings.Join(y.out, "\n") + "\n"), nil
}

// within moves a further line of a value as far as its first one.
func (y *yamlLines) within(line string) {
	content := strings.TrimLeft(line, " ")
	if content == "" {
		y.out = append(y.out, line)
		return
	}
	y.out = append(y.out, strings.Repeat(" ", max(0, len(line)-len(content)+y.value))+content)
}

// comment puts a comment on a line of its own to where the line stands that it
// is about.
func (y *yamlLines) comment(i int) {
	content := strings.TrimSpace(y.lines[i])
	old := len(y.lines[i]) - len(strings.TrimLeft(y.lines[i], " "))
	at := max(0, old+y.moved)
	for n := i + 1; n < len(y.lines); n++ {
		next := strings.TrimLeft(y.lines[n], " ")
		if next == "" || next[0] == '#' {
			continue
		}
		if len(y.lines[n])-len(next) == old {
			at = y.place(old, strings.HasPrefix(next, "- ") || next == "-", false)
			y.out = append(y.out, strings.Repeat(" ", at)+content)
			return
		}
		break
	}
	// a list may stand in the column of the key that it belongs to
	for _, l := range slices.Backward(y.levels) {
		if l.old == old {
			at = l.new
		}
	}
	y.out = append(y.out, strings.Repeat(" ", at)+content)
}

// place returns where what stands in a column is to stand. Keep says that lines
// after it are in it.
func (y *yamlLines) place(old int, list, keep bool) int {
	levels := slices.Clone(y.levels)
	for len(levels) > 0 && (levels[len(levels)-1].old > old || levels[len(levels)-1].old == old && levels[len(levels)-1].list && !list) {
		levels = levels[:len(levels)-1]
	}
	at := 0
	if n := len(levels); n > 0 {
		at = levels[n-1].new
		if levels[n-1].old < old || list && !levels[n-1].list {
			at += 2
			levels = append(levels, level{old, at, list})
		}
	} else {
		levels = append(levels, level{old, 0, list})
	}
	if keep {
		y.levels = levels
	}
	return at
}

var spacedKey = regexp.MustCompile(`^((?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'#&*!|>{}\[\],?:-][^\s"'#:]*) *:) +(\S)`)

// content moves a line that holds items of lists and keys of maps.
func (y *yamlLines) content(i int, line, content string) {
	old := len(line) - len(content)
	var b strings.Builder
	for {
		item := strings.HasPrefix(content, "- ") || content == "-"
		at := y.place(old, item, true)
		if b.Len() == 0 {
			y.moved = at - old
			b.WriteString(strings.Repeat(" ", at))
		}
		if !item || content == "-" {
			break
		}
		rest := strings.TrimLeft(content[1:], " ")
		if rest == "" || rest[0] == '#' {
			break
		}
		old += len(content) - len(rest)
		b.WriteString("- ")
		content = rest
	}
	content = spacedKey.ReplaceAllString(content, "$1 $2")
	y.value = y.moved
	if first := y.block(i, content); first >= 0 {
		y.value = y.levels[len(y.levels)-1].new - first
		if content[0] != '|' && content[0] != '>' { // it has a key
			y.value += 2
		}
	}
	y.out = append(y.out, b.String()+strings.TrimRight(content, " \t"))
}

var blockHeader = regexp.MustCompile(`(?:^|[ \t])[|>][+-]?(?:[ \t]+#.*)?[ \t]*$`)

// block returns in which column a text begins that stands below its key, behind
// | or >, or -1 if the line has none.
func (y *yamlLines) block(i int, content string) int {
	if !blockHeader.MatchString(content) {
		return -1
	}
	for i++; y.inside[i]; i++ {
		if text := strings.TrimLeft(y.lines[i], " "); text != "" {
			return len(y.lines[i]) - len(text)
		}
	}
	return -1
}
