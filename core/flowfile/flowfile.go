// Package flowfile reads flow files: a file's text goes in, a checked [flow.Flow] or diagnostics with the places of the mistakes come
// out. It also keeps the set of flows that some folders hold, in which a file that broke leaves the flow in force that it had before.
//
// The package reads files and folders and never writes one. It knows no plugin: which further container words a flow may use,
// and which destinations and executors a site has, it is told by its [Options].
package flowfile

import (
	"slices"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
)

// Options is what the site says about the flows that it takes. The zero value allows no further words and checks no names.
type Options struct {
	// Allowed says whether a flow may use a word that is none of the container's, such as privileged. The executor is the instance that the
	// model is pinned to, or "".
	Allowed func(executor, word string) bool
	// Executors and Destinations are the names that the site has. Nil: they are not checked.
	Executors    []string
	Destinations []string
	// Complete are the rules of completing an arrival that the agent has. Nil: they are not checked.
	Complete []string
}

// Loaded is a flow that can be matched and run, and where it is from.
type Loaded struct {
	Flow    *flow.Flow
	Matcher *flow.Matcher
	Encoded []byte // the flow as flow.Encode writes it
	Digest  string // of Encoded
	Path    string // of the file
	Stale   bool   // the file is broken now, and this is what it held before
	text    []byte
	root    *lang.Node
}

// Parse reads one flow. The name is the file's, with which diagnostics begin and from which the flow's default name comes. With an
// error among the diagnostics there is no flow.
func Parse(name string, text []byte, options Options) (*Loaded, lang.Diagnostics) {
	root, diags := lang.ParseYAML(lang.NewSource(name, text))
	if root == nil {
		return nil, diags
	}
	d := &decoder{Diagnostics: diags, options: options}
	f := d.flow(root, name)
	broken := d.HasErrors()
	matcher, _ := flow.Compile(f)
	for _, p := range flow.Validate(f) {
		at := place(root, p)
		if broken && slices.ContainsFunc(d.Diagnostics, func(other lang.Diagnostic) bool { return other.Range == at }) {
			continue // a value that could not be read is missing as well
		}
		if models := root.Get("models"); models != nil && models.Kind > lang.Null && models.Kind != lang.List && p.Path[0] == "models" {
			continue
		}
		severity := lang.Error
		if p.Warning {
			severity = lang.Warning
		}
		d.Diagnostics = append(d.Diagnostics, lang.Diagnostic{Severity: severity, Range: at, Summary: p.Message, Hint: p.Hint})
	}
	d.Sort()
	if d.HasErrors() {
		return nil, d.Diagnostics
	}
	encoded, err := flow.Encode(f)
	if err != nil {
		d.Errorf(root.Range, "", "%v", err)
		return nil, d.Diagnostics
	}
	return &Loaded{Flow: f, Matcher: matcher, Encoded: encoded, Digest: flow.Digest(encoded), Path: name, text: text, root: root}, d.Diagnostics
}

// Locate returns the place that a path leads to, such as models, 0, image, or options, cap_add below a model. It
// serves complaints that a plugin has about a flow.
func (l *Loaded) Locate(path ...string) lang.Range { return place(l.root, flow.Problem{Path: path}) }

// place finds where in the file the problem stands.
func place(root *lang.Node, p flow.Problem) lang.Range {
	n := root
	key := root.Range
	for _, step := range p.Path {
		next, at, ok := child(n, step)
		if !ok {
			break
		}
		n, key = next, at
	}
	switch {
	case p.AtKey:
		return key
	case n.Kind == lang.Scalar && p.Length > 0:
		return n.Within(p.Offset, p.Length)
	case n.Kind <= lang.Scalar:
		return n.Range
	case key == n.Range && n.Kind == lang.Map && len(n.Pairs) > 0:
		return n.Pairs[0].At
	}
	return key
}

// otherWords are the other words under which a file may give what a path names.
var otherWords = map[string][]string{
	"return_to_sender_on_ports": {"return_to_sender_on_port"},
	"config_dump_folder":        {"config_path"},
}

// child takes one step of a path. A container's word may stand in docker_kwargs, as may an option that is one of docker's words.
func child(n *lang.Node, step string) (value *lang.Node, key lang.Range, ok bool) {
	if n.Kind == lang.List {
		for i, item := range n.Items {
			if strconv.Itoa(i) == step || item.Kind == lang.Scalar && strings.HasPrefix(item.Text, step+":") {
				return item, item.Range, true
			}
			if p := item.Pair(step); p != nil && item.Kind == lang.Map && !isIndex(step) {
				return p.Value, p.At, true
			}
		}
		return nil, key, false
	}
	for _, word := range append([]string{step}, otherWords[step]...) {
		if p := n.Pair(word); p != nil {
			return p.Value, p.At, true
		}
	}
	kwargs := n.Get("docker_kwargs")
	switch p := kwargs.Pair(step); {
	case kwargs == nil || kwargs.Kind != lang.Map:
	case p != nil:
		return p.Value, p.At, true
	case step == "options":
		return kwargs, n.Pair("docker_kwargs").At, true
	}
	return nil, key, false
}

func isIndex(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}
