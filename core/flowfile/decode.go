package flowfile

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// Defaults of a model.
const (
	defaultTimeout    = 1800 * time.Second
	defaultConfigDir  = "/config"
	defaultConfigFile = "config.yaml"
	defaultInputPath  = "/input"
	defaultOutputPath = "/output"
)

// decoder turns a tree of nodes, whatever language it was written in, into a flow.
type decoder struct {
	lang.Diagnostics
	options Options
	hcl     bool // the language of the file, for what is shown of it
	opened  []*lang.Opened
	strange []Unknown
}

// key is one word that a map may have: what reads its value, and what the
// reference and the editors say about it.
type key struct {
	name string
	kind
	otherwise string // what it is where it is not given
	doc       string
	read      func(*lang.Node)
}

// keys reads a map. What is null counts as not given, words that begin with
// ignoredPrefix are nobody's, and an unknown word is handed to unknown.
func (d *decoder) keys(n *lang.Node, known []key, unknown func(lang.Pair)) {
	for _, p := range n.Pairs {
		i := slices.IndexFunc(known, func(k key) bool { return k.name == p.Key })
		switch {
		case i < 0 && strings.HasPrefix(p.Key, ignoredPrefix):
		case i < 0:
			unknown(p)
		case p.Value.Kind != lang.Null && !p.Value.Broken:
			known[i].read(p.Value)
		}
	}
}

func names(known []key) []string {
	all := make([]string, len(known))
	for i, k := range known {
		all[i] = k.name
	}
	return all
}

// ignoredPrefix begins the words that people and other programs may write for
// themselves.
const ignoredPrefix = "x-"

const aFlow = "a flow"

// Unknown is a word that means nothing where it stands.
type Unknown struct {
	lang.Pair
	Flow  bool   // it stands on the flow itself
	Meant string // "did you mean …?", or ""
}

// UnknownOf returns the words of a flow in YAML that mean nothing.
func UnknownOf(name string, text []byte) []Unknown {
	d := &decoder{}
	if root, _ := lang.ParseYAML(lang.NewSource(name, text)); root != nil {
		d.flow(root, name)
	}
	return d.strange
}

// unknown complains of an unknown word. One that is only misspelled would switch
// a flow off without a word.
func (d *decoder) unknown(known []key, where string) func(lang.Pair) {
	return func(p lang.Pair) {
		words := names(known)
		if p.Block {
			words = append(words, blockWords...)
		}
		d.strange = append(d.strange, Unknown{Pair: p, Flow: where == aFlow, Meant: suggest.Hint(p.Key, words, "")})
		d.Errorf(p.At, meant(p, words), "%s has no key %s", where, p.Key)
	}
}

// meant is what to do about an unknown word. One that other places of the file
// use, by an alias, is not to be removed.
func meant(p lang.Pair, known []string) string {
	if p.Value.Anchored() {
		return "call it " + ignoredPrefix + p.Key + ": such keys are ignored, and what is in them can be used by aliases"
	}
	return suggest.Hint(p.Key, known, "remove it, or begin it with x- to have it ignored")
}

// flow reads a whole flow. The file gives the name that a flow has if it says none.
func (d *decoder) flow(n *lang.Node, file string) *flow.Flow {
	base := filepath.Base(file)
	f := &flow.Flow{Name: strings.TrimSuffix(base, filepath.Ext(base)), Exclude: flow.ExcludeFlow, Mode: flow.Live}
	switch n.Kind {
	case lang.Map:
	case lang.Null:
		d.Errorf(n.Range, "write models: and at least one model with an image", "the file is empty")
		return f
	default:
		n.Broken = true
		d.Errorf(n.Range, "begin with keys such as name:, triggers: and models:", "a flow has to be a map, and this is %s", n.Kind)
		return f
	}
	known := d.flowKeys(f, n)
	d.keys(n, known, func(p lang.Pair) {
		if !d.oldFlowWord(n, p, f) {
			d.unknown(known, aFlow)(p)
		}
	})
	return f
}

// flowKeys are the words of a flow. n is the map that they are read from.
func (d *decoder) flowKeys(f *flow.Flow, n *lang.Node) []key {
	return []key{
		{"name", aText(), "the file's name without its ending", "What the flow is called. Name and version together are its identity.",
			func(v *lang.Node) { d.text(v, "name", &f.Name) }},
		{"version", aText(), "", "A number keeps its spelling: 1.10 is not 1.1.",
			func(v *lang.Node) { d.text(v, "version", &f.Version) }},
		{"priority", anInt(0, 5), "0", "5 runs first. It jumps the queue, and never pauses what runs.",
			func(v *lang.Node) { d.int(v, "priority", 0, 5, &f.Priority) }},
		{"triggers", kind{"list of triggers", listOf(schemaRef("trigger"))}, "none: only started by hand", "Which objects the flow is for. An arrival starts it if every trigger selects at least one object.",
			func(v *lang.Node) { f.Triggers = d.triggers(v, "triggers") }},
		{"called_ae_titles", texts(), "any", "AE titles that the sender has to have called, one of them exactly. Without triggers, whatever is sent to one of them starts the flow.",
			func(v *lang.Node) { f.CalledAETitles, _ = d.Texts(v, "called_ae_titles") }},
		{"exclude", aWord("flow", "file"), "flow", "What a pattern that begins with ~ does. flow: an object that it matches keeps the flow from running; file: such objects are left out.",
			func(v *lang.Node) { d.text(v, "exclude", (*string)(&f.Exclude)) }},
		{"models", kind{"list of models", listOf(schemaRef("model"))}, "", "The containers that run, at least one. What they read and write decides their order.",
			func(v *lang.Node) { f.Models = d.models(v) }},
		{"destinations", kind{"list of destinations", listOf(anyOf(scalar, schemaRef("destination")))}, "none: nothing is sent", "Where the outputs whose names begin with dst are sent. A text is the name of a destination of the site.",
			func(v *lang.Node) { f.Destinations = d.destinations(v) }},
		{"return_to_sender_on_ports", portNumbers(), "none", "Sends the results to the address that the arrival came from, on each of these ports, before the destinations. The AE title called is the sender's. Also accepted: return_to_sender_on_port.",
			func(v *lang.Node) {
				f.ReturnToSenderOnPorts = d.senderPorts(n, v, "return_to_sender_on_ports", "return_to_sender_on_port")
			}},
		{"return_to_sender_on_port", portNumbers(), "", "",
			func(v *lang.Node) {
				f.ReturnToSenderOnPorts = d.senderPorts(n, v, "return_to_sender_on_port", "return_to_sender_on_ports")
			}},
		{"extra", anyMap(), "", "Carried along with the run: shown by the API and the dashboard, given to plugins.",
			func(v *lang.Node) { f.Extra, _ = d.AnyMap(v, "extra") }},
		{"tar_subdir", texts(), "the site's", "Tags whose values name the sub-folders of src that the objects lie in.",
			func(v *lang.Node) { f.TarSubdir, _ = d.Texts(v, "tar_subdir") }},
		{"owner", aText(), "", "Whom to ask. Shown at every failure.",
			func(v *lang.Node) { d.text(v, "owner", &f.Owner) }},
		{"mode", kind{"live, shadow or off", anyOf(schema{"enum": []string{"live", "shadow", "off"}}, schema{"const": false})}, "live", "shadow runs the models and sends nothing; off takes no part.",
			func(v *lang.Node) { d.mode(v, &f.Mode) }},
		{"complete", kind{"map", schemaRef("complete")}, "the site's", "When objects make an arrival that the flow is matched against.",
			func(v *lang.Node) { f.Complete = d.complete(v) }},
	}
}

func (d *decoder) text(n *lang.Node, what string, to *string) {
	if s, ok := d.Text(n, what); ok {
		*to = s
	}
}

func (d *decoder) int(n *lang.Node, what string, low, high int64, to *int) {
	if i, ok := d.Int(n, what, low, high); ok {
		*to = int(i)
	}
}

func (d *decoder) bool(n *lang.Node, what string, to *bool) {
	if b, ok := d.Bool(n, what); ok {
		*to = b
	}
}

// mode reads live, shadow or off. A plain off is a boolean in YAML and still
// means off.
func (d *decoder) mode(n *lang.Node, to *flow.Mode) {
	if s, ok := d.Text(n, "mode"); ok {
		*to = flow.Mode(strings.ToLower(s))
	}
}

// senderPorts reads a word that has another spelling. The second of the two is
// one too many.
func (d *decoder) senderPorts(n, v *lang.Node, word, other string) []int {
	this, first := n.Pair(word), n.Pair(other)
	if first != nil && first.Value.Kind != lang.Null && before(first.At.Start, this.At.Start) {
		d.Errorf(this.At, "remove one of them", "%s and %s mean the same", other, word)
	}
	return d.ports(v, word)
}

func (d *decoder) ports(n *lang.Node, what string) []int {
	items := n.Items
	if n.Kind == lang.Scalar {
		items = []*lang.Node{n}
	} else if n.Kind != lang.List {
		d.WrongType(n, what, "a port or a list of ports")
		return nil
	}
	var all []int
	for _, item := range items {
		if i, ok := d.Int(item, "each port of "+what, 1, 65535); ok {
			all = append(all, int(i))
		}
	}
	return all
}

// list reports whether a node is a list, and complains if it is not.
func (d *decoder) list(n *lang.Node, what, hint string) bool {
	if n.Kind == lang.List {
		return true
	}
	if !n.Broken {
		d.Errorf(n.Range, hint, "%s has to be a list, and this is %s", what, n.Kind)
	}
	n.Broken = true
	return false
}

func (d *decoder) destinations(n *lang.Node) []flow.Destination {
	if !d.list(n, "destinations", "begin each destination with -") {
		return nil
	}
	all := make([]flow.Destination, len(n.Items))
	for i, item := range n.Items {
		all[i] = d.destination(item, fmt.Sprintf("destination %d", i))
	}
	return all
}

func (d *decoder) destination(n *lang.Node, what string) (to flow.Destination) {
	at := n.Range
	switch n.Kind {
	case lang.Scalar:
		to.Name = n.Text
	case lang.Map:
		if p := n.Pair("name"); p != nil {
			at = p.Value.Range
		}
		known := d.destinationKeys(&to)
		d.keys(n, known, d.unknown(known, "a destination"))
		n.Broken = n.Broken || slices.ContainsFunc(n.Pairs, func(p lang.Pair) bool { return p.Value.Broken })
		if to.Name != "" && len(n.Pairs) > 1 {
			d.Errorf(n.Range, "give either the name of a destination of the site, or host, port and ae_title", "%s has a name and an address of its own", what)
		}
	default:
		d.WrongType(n, what, "the name of a destination of the site, or a map of host, port and ae_title")
	}
	if known := d.options.Destinations; to.Name != "" && known != nil && !slices.Contains(known, to.Name) {
		d.Errorf(at, suggest.Hint(to.Name, known, "add a destination block of that name to the site's configuration"), "the site has no destination %s", to.Name)
	}
	return to
}

func (d *decoder) destinationKeys(to *flow.Destination) []key {
	return []key{
		{"name", aText(), "", "The name that the site gives to a destination; then nothing else is given.",
			func(v *lang.Node) { d.text(v, "name", &to.Name) }},
		{"host", aText(), "", "Host name or address.",
			func(v *lang.Node) { d.text(v, "host", &to.Host) }},
		{"port", anInt(1, 65535), "", "Port.",
			func(v *lang.Node) { d.int(v, "port", 1, 65535, &to.Port) }},
		{"ae_title", aText(), "", "The AE title that is called, 16 characters at the most (PS3.5 §6.2).",
			func(v *lang.Node) { d.text(v, "ae_title", &to.AETitle) }},
	}
}

func before(a, b lang.Pos) bool { return a.Line < b.Line || a.Line == b.Line && a.Column < b.Column }
