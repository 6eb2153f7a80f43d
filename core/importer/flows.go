package importer

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/lang"
)

// carryOver makes a flow file mean what it meant, and notes where that cannot be.
func (in *installation) carryOver(f *File, options flowfile.Options) {
	source := lang.NewSource(f.From, f.Text)
	root, _ := lang.ParseYAML(source)
	excludes := false
	for _, p := range triggers(root) {
		for _, pattern := range (value{p.Value, ""}).patterns() {
			excludes = excludes || strings.HasPrefix(pattern, "~")
		}
		in.meaning(f.From, p)
	}
	if excludes && root.Get("exclude") == nil {
		f.Text = append([]byte("exclude: file # a \"~\" leaves out the files that it matches, as in the Python version; \"flow\" keeps the flow from running\n"), f.Text...)
		if bytes.HasPrefix(f.Text[bytes.IndexByte(f.Text, '\n')+1:], []byte("---")) || bytes.HasPrefix(f.Text[bytes.IndexByte(f.Text, '\n')+1:], []byte("%")) {
			f.Text = insertAfterHead(source.Text)
		}
		in.note(Changed, f.From, "exclude: file was added, because that is how \"~\" worked in the last Python version; its documentation promised \"never triggered\", which is exclude: flow")
	}
	_, diagnostics := flowfile.Parse(f.From, f.Text, options)
	in.complain(diagnostics)
}

// insertAfterHead puts the line behind a document's start.
func insertAfterHead(text []byte) []byte {
	at := bytes.Index(text, []byte("---"))
	end := at + bytes.IndexByte(append(text[at:], '\n'), '\n') + 1
	return append(append(append([]byte{}, text[:min(end, len(text))]...), "exclude: file\n"...), text[min(end, len(text)):]...)
}

// triggers returns each tag of each trigger.
func triggers(root *lang.Node) []lang.Pair {
	var pairs []lang.Pair
	if all := root.Get("triggers"); all != nil {
		for _, trigger := range all.Items {
			pairs = append(pairs, trigger.Pairs...)
		}
	}
	return pairs
}

// patterns are a tag's patterns: a list, or one.
func (v value) patterns() []string {
	if v.node != nil && v.node.Kind == lang.Scalar {
		return []string{v.node.Text}
	}
	return v.list()
}

// meaning notes triggers that mean something else now.
func (in *installation) meaning(file string, p lang.Pair) {
	from := fmt.Sprintf("%s:%d", file, p.At.Start.Line)
	all := (value{p.Value, ""}).patterns()
	only := len(all) > 0
	for _, pattern := range all {
		only = only && strings.HasPrefix(pattern, "~")
		if strings.Contains(pattern, "', '") || strings.Contains(pattern, `\[`) && strings.Contains(pattern, "'") {
			in.note(Changed, from, `%s: several values are joined by a backslash (ORIGINAL\PRIMARY), and were written like ['ORIGINAL', 'PRIMARY']: change the pattern`, p.Key)
		}
	}
	if only {
		in.note(Changed, from, "%s has exclusions alone: an arrival without that tag never triggered, and does now", p.Key)
	}
}
