package config

import (
	"slices"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// environment is what the source of a value from the environment is called,
// with the variable's name after it.
const environment = "environment variable "

// decoder turns a tree of nodes and the environment into a site.
type decoder struct {
	lang.Diagnostics
	lookup func(name string) (string, bool)
	flows  []string // the files with flows in them
}

// setting is one attribute: what reads its value, from a file or from the
// environment.
type setting struct {
	name string
	read func(n *lang.Node, what string)
	list bool   // the environment gives several values, with commas or spaces between them
	env  string // another variable that means the same
}

// block is one kind of block.
type block struct {
	name string
	read func(p lang.Pair)
}

// settings reads the attributes and blocks of a body. Attributes that the
// environment gives come from there; prefix is what its variables begin with,
// such as RADDEPLOY_DICOM_.
func (d *decoder) settings(n *lang.Node, where, prefix string, settings []setting, blocks ...block) {
	var known []string
	for _, s := range settings {
		known = append(known, s.name)
		node := d.variable(prefix+strings.ToUpper(s.name), s.list)
		if node == nil && s.env != "" {
			node = d.variable(s.env, s.list)
		}
		if node == nil {
			if p := n.Pair(s.name); p != nil && !p.Block && p.Value.Kind != lang.Null {
				node = p.Value
			}
		}
		if node != nil {
			s.read(node, s.name)
		}
	}
	for _, b := range blocks {
		known = append(known, b.name)
	}
	for _, p := range n.Pairs {
		i := slices.IndexFunc(blocks, func(b block) bool { return b.name == p.Key })
		switch {
		case !slices.Contains(known, p.Key):
			d.Errorf(p.At, suggest.Hint(p.Key, known, "what there is: "+strings.Join(known, ", ")), "%s has no setting %s", where, p.Key)
		case i >= 0 && !p.Block:
			d.Errorf(p.At, "write "+p.Key+" { … } without =", "%s is a block", p.Key)
		case i < 0 && p.Block:
			d.Errorf(p.At, "write "+p.Key+" = …", "%s is a setting and no block", p.Key)
		case i >= 0:
			blocks[i].read(p)
		}
	}
}

// variable returns what the environment says, or nil.
func (d *decoder) variable(name string, list bool) *lang.Node {
	if d.lookup == nil {
		return nil
	}
	text, ok := d.lookup(name)
	if !ok {
		return nil
	}
	at := lang.NewSource(environment+name, nil).Whole()
	if !list {
		return &lang.Node{Kind: lang.Scalar, Text: text, Plain: true, Range: at}
	}
	n := &lang.Node{Kind: lang.List, Range: at}
	separator := " "
	if strings.Contains(text, ",") {
		separator = ","
	}
	for part := range strings.SplitSeq(text, separator) {
		if part = strings.Trim(part, ` '"[]`); part != "" {
			n.Items = append(n.Items, &lang.Node{Kind: lang.Scalar, Text: part, Plain: true, Range: at})
		}
	}
	return n
}

// labels complains unless a block has from low to high labels.
func (d *decoder) labels(p lang.Pair, low, high int, example string) bool {
	for _, label := range p.Labels {
		if strings.TrimSpace(label.Text) == "" {
			d.Errorf(label.Range, "write "+example, "the label of %s is empty", p.Key)
			return false
		}
	}
	if n := len(p.Labels); n < low || n > high {
		d.Errorf(p.At, "write "+example, "the block %s has %d labels", p.Key, n)
		return false
	}
	return true
}

func lineOf(r lang.Range) string { return strconv.Itoa(r.Start.Line) }
