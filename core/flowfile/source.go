package flowfile

import "strings"

// Source returns the flow as its file has it, with its comments: all of a file in YAML,
// and of one in HCL the flow's own block with the comments directly above it. Of a stale
// flow it is what the file held before.
func (l *Loaded) Source() string {
	text := string(l.text)
	at := l.root.Range
	if !IsHCL(l.Path) || at.Start.Line == 0 {
		return text
	}
	lines := strings.SplitAfter(text, "\n")
	first, last := at.Start.Line-1, min(at.End.Line, len(lines))
	for first > 0 && isComment(lines[first-1]) {
		first--
	}
	return strings.Join(lines[first:last], "")
}

// isComment reports whether a line of HCL at the top of a file is part of a comment.
func isComment(line string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, "#") || strings.HasPrefix(line, "//") || strings.HasPrefix(line, "/*") && strings.HasSuffix(line, "*/")
}
