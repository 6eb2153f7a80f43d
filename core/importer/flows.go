package importer

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
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
		f.Text = withExclude(bytes.TrimPrefix(f.Text, []byte("\ufeff")))
		in.note(Changed, f.From, "exclude: file was added, because that is how \"~\" worked in the last Python version; its documentation promised \"never triggered\", which is exclude: flow")
	}
	in.keepUnknown(f)
	loaded, diagnostics := flowfile.Parse(f.From, f.Text, options)
	in.complain(diagnostics)
	for _, one := range loaded {
		in.sharedMemory(f.From, one.Flow)
	}
}

// sharedMemory notes that tasks with GPUs shared the host's IPC, and do not now.
func (in *installation) sharedMemory(file string, f *flow.Flow) {
	for _, m := range f.Models {
		if m.GPUs > 0 && m.Container.IPCMode == "" && m.Container.ShmSize == 0 {
			in.note(Changed, file, "model %s has GPUs, and ran with the host's shared memory: it has a /dev/shm of its own now, of half its mem_limit or 8 GiB; shm_size says another size", m.Name)
		}
	}
}

// withExclude adds to a flow what "~" meant: as its first line, behind the
// start of the document where that is written, or as the first key in braces.
func withExclude(text []byte) []byte {
	insert := func(at int, what string) []byte { return slices.Concat(text[:at], []byte(what), text[at:]) }
	const line = "exclude: file # a \"~\" leaves out the files that it matches, as in the Python version; \"flow\" keeps the flow from running\n"
	start := 0
	if bytes.HasPrefix(text, []byte("---")) || bytes.HasPrefix(text, []byte("%")) {
		at := bytes.Index(text, []byte("---"))
		if end := bytes.IndexByte(text[at:], '\n'); end >= 0 {
			start = at + end + 1
		}
	}
	for at := start; at < len(text); { // blank lines and comments stand before a map in braces
		rest := bytes.TrimLeft(text[at:], " \t\r\n")
		at = len(text) - len(rest)
		if !bytes.HasPrefix(rest, []byte("#")) {
			if bytes.HasPrefix(rest, []byte("{")) {
				return insert(at+1, "exclude: file, ")
			}
			break
		}
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			break
		}
		at += end
	}
	return insert(start, line)
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
