// Package flowfile reads and writes flow files: a file's text, YAML or HCL,
// goes in, checked flows or diagnostics with the places of the mistakes come
// out; and a flow goes in and its text in either language comes out. It also
// keeps the set of flows that some folders hold, in which a file that broke
// leaves the flow in force that it had before.
//
// The package reads files and folders and never writes one. What the reference
// and the JSON Schema of flow files say comes from the same tables as the
// decoding. It knows no plugin: which further container words a flow may use,
// and which destinations and executors a site has, it is told by its [Options].
package flowfile

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
)

// Options is what the site says about the flows that it takes. The zero value
// allows no further words and checks no names.
type Options struct {
	// Allowed says whether a flow may use a word that is none of the
	// container's, such as privileged. The executor is the instance that the
	// model is pinned to, or "".
	Allowed func(executor, word string) bool
	// Executors and Destinations are the names that the site has. Nil: they are
	// not checked.
	Executors    []string
	Destinations []string
	// Complete is the site's rule of completion. The zero value: associations.
	Complete flow.Complete
	// Variables are values for the variables that files in HCL declare. They
	// come before those of the environment, RADDEPLOY_VAR_name.
	Variables map[string]string
	// site says that the file is a site's configuration, of which only the
	// flows are of interest.
	site bool
}

// Loaded is a flow that can be matched and run, and where it is from.
type Loaded struct {
	Flow    *flow.Flow
	Matcher *flow.Matcher
	Encoded []byte // the flow as flow.Encode writes it
	Digest  string // of Encoded
	// Rule is by which rule of completion the arrivals are made that the flow is
	// matched against.
	Rule   flow.Rule
	Path   string // of the file
	Stale  bool   // the file is broken now, and this is what it held before
	text   []byte
	root   *lang.Node
	opened []*lang.Opened
	site   bool
}

// Parse reads the flows of one file: one if it is YAML, any number if its name
// ends in .hcl. Diagnostics begin with the name, from which the default name of
// a flow comes, too. With an error among the diagnostics there are no flows: a
// file comes into force as a whole or not at all.
func Parse(name string, text []byte, options Options) ([]*Loaded, lang.Diagnostics) {
	flows, diags := parseAll(name, text, options)
	if diags.HasErrors() {
		return nil, diags
	}
	return flows, diags
}

// parseAll returns also the flows of a file with mistakes that are sound: when
// all mistakes are inside of other flows.
func parseAll(name string, text []byte, options Options) ([]*Loaded, lang.Diagnostics) {
	d := &decoder{options: options}
	var roots []*lang.Node
	if IsHCL(name) {
		d.hcl = true
		roots = d.parseHCL(name, text)
	} else {
		var root *lang.Node
		root, d.Diagnostics = lang.ParseYAML(lang.NewSource(name, text))
		if root != nil {
			roots = append(roots, root)
		}
	}
	var flows []*Loaded
	for _, root := range roots {
		flows = append(flows, d.load(root, name, flows))
	}
	d.Sort()
	d.sayInHCL()
	d.Diagnostics = d.Once()
	flows = sound(flows, d.Diagnostics)
	for _, l := range flows {
		l.text, l.opened, l.site = text, d.opened, d.options.site
	}
	return flows, d.Diagnostics
}

// sound leaves out the flows that errors are in, and all if one is elsewhere in
// the file: what all flows use may be wrong then.
func sound(flows []*Loaded, diags lang.Diagnostics) []*Loaded {
	broken := map[*Loaded]bool{}
	for _, one := range diags {
		if one.Severity != lang.Error {
			continue
		}
		i := slices.IndexFunc(flows, func(l *Loaded) bool {
			at, in := l.root.Range, one.Range.Start
			return at.Source == one.Range.Source && !before(in, at.Start) && before(in, at.End)
		})
		if i < 0 {
			return nil
		}
		broken[flows[i]] = true
	}
	return slices.DeleteFunc(flows, func(l *Loaded) bool { return broken[l] })
}

// IsHCL reports whether a file is HCL by its name.
func IsHCL(name string) bool { return strings.EqualFold(filepath.Ext(name), ".hcl") }

func (d *decoder) parseHCL(name string, text []byte) []*lang.Node {
	language := lang.HCL{Variables: d.options.Variables, Reads: readsFlow, Opened: func(o *lang.Opened) { d.opened = append(d.opened, o) }}
	root, diags := language.Parse(lang.NewSource(name, text))
	d.Diagnostics = diags
	if root == nil {
		return nil
	}
	return d.flowBlocks(root, d.options.site)
}

// load decodes and checks one flow. The flows before it are those of the same file.
func (d *decoder) load(root *lang.Node, name string, before []*Loaded) *Loaded {
	f := d.flow(root, name)
	broken := d.HasErrors()
	l := &Loaded{Flow: f, Path: name, Rule: f.RuleAt(d.options.Complete), root: root}
	l.Matcher, _ = flow.Compile(f)
	for _, p := range flow.Validate(f) {
		at, computed := place(root, p)
		if !computed || broken && slices.ContainsFunc(d.Diagnostics, func(other lang.Diagnostic) bool { return other.Range == at }) {
			continue // a value that could not be read is missing as well
		}
		severity := lang.Error
		if p.Warning {
			severity = lang.Warning
		}
		d.Diagnostics = append(d.Diagnostics, lang.Diagnostic{Severity: severity, Range: at, Summary: p.Message, Hint: p.Hint})
	}
	if i := slices.IndexFunc(before, func(other *Loaded) bool { return other.Flow.ID() == f.ID() }); i >= 0 {
		d.Errorf(l.Locate("name"), "change the name or the version of one of them", "flow %s is in this file already, in line %d", f.ID(), before[i].Locate("name").Start.Line)
	}
	var err error
	if l.Encoded, err = flow.Encode(f); err != nil && !d.HasErrors() {
		d.Errorf(root.Range, "", "%v", err)
	}
	if len(l.Encoded) > flow.MaxEncoded {
		d.Errorf(root.Range, "put what is large into a folder or an archive, and mount it by static_mounts",
			"flow %s has %d bytes, which is more than the %d that one may have", f.ID(), len(l.Encoded), flow.MaxEncoded)
	}
	l.Digest = flow.Digest(l.Encoded)
	return l
}

// Locate returns the place that a path leads to, such as models, 0, image, or
// options, cap_add below a model. It serves complaints that a plugin has about
// a flow.
func (l *Loaded) Locate(path ...string) lang.Range {
	at, _ := place(l.root, flow.Problem{Path: path})
	return at
}

// place finds where in the file the problem stands. Computed is false if the
// value there, or one that it is in, could not be computed.
func place(root *lang.Node, p flow.Problem) (at lang.Range, computed bool) {
	n := root
	computed = true
	key := root.Range
	found := true
	for _, step := range p.Path {
		computed = computed && !n.Broken
		next, at, ok := child(n, step)
		if !ok {
			found = false
			break
		}
		n, key = next, at
	}
	computed = computed && !n.Broken
	switch {
	case p.AtKey && found:
		return key, computed
	case n.Kind == lang.Scalar && p.Length > 0:
		return n.Within(p.Offset, p.Length), computed
	case n.Kind <= lang.Scalar:
		return n.Range, computed
	case key == n.Range && n.Kind == lang.Map && len(n.Pairs) > 0:
		return n.Pairs[0].At, computed
	}
	return key, computed
}

// otherWords are the other words under which a file may give what a path names.
var otherWords = map[string][]string{
	"return_to_sender_on_ports": {"return_to_sender_on_port"},
	"config_dump_folder":        {"config_path"},
}

// child takes one step of a path. A container's word may stand in
// docker_kwargs, as may an option that is one of docker's words.
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
	case kwargs == nil || kwargs.Kind != lang.Map && !kwargs.Broken:
	case p != nil:
		return p.Value, p.At, true
	case kwargs.Broken:
		return kwargs, key, true
	case step == "options":
		return kwargs, n.Pair("docker_kwargs").At, true
	}
	return nil, key, false
}

func isIndex(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}
