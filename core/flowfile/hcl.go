package flowfile

import (
	"slices"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// plural are the blocks of a flow in HCL of which there may be several, and the
// words of a flow that they make the list of.
var plural = map[string]string{"trigger": "triggers", "model": "models", "destination": "destinations"}

// blockWords are the names of those blocks.
var blockWords = []string{"trigger", "model", "destination"}

// siteWords are the blocks and settings of a site, in whose files flows may
// stand, too. Package config reads them.
var siteWords = []string{
	"name", "data_dir", "plugin_dir", "tar_subdir", "dicom", "flows", "static", "executor", "destination", "deliver", "http", "notify", "audit", "retention", "log",
}

// readsFlow says which blocks of a file are read here.
func readsFlow(word string) bool { return !slices.Contains(siteWords, word) }

// IsSite reports whether a text in HCL is a site's configuration: it has a word
// of a site at its top, or neither such a word nor a flow.
func IsSite(text []byte) bool {
	words := lang.HCLWords(text)
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(siteWords, w) }) || !slices.Contains(words, "flow")
}

// flowBlocks returns the flows of a file in HCL, each as the map that it would
// be in YAML. Site says that the file is a site's, of which only the flows are
// of interest here.
func (d *decoder) flowBlocks(root *lang.Node, site bool) []*lang.Node {
	var flows []*lang.Node
	for _, p := range root.Pairs {
		switch {
		case p.Key == "flow" && p.Block:
			flows = append(flows, d.flowBlock(p))
		case p.Key == "flow":
			d.Errorf(p.At, `write flow "NAME" { … } without =`, "flow is a block")
		case slices.Contains(siteWords, p.Key):
			if !site {
				d.Errorf(p.At, "put it into the site's configuration, or into a flow", "%s is not part of a file of flows", p.Key)
			}
		case plural[p.Key] != "" || slices.Contains(names(d.flowKeys(nil, nil)), p.Key):
			d.Errorf(p.At, `put it into flow "NAME" { … }`, "%s stands outside of a flow", p.Key)
		default:
			d.Errorf(p.At, suggest.Hint(p.Key, []string{"flow", "variable", "locals"}, `write flow "NAME" { … }`), "a file of flows has no block %s", p.Key)
		}
	}
	if flows == nil && !site && !d.HasErrors() {
		d.Errorf(root.Range, `write flow "NAME" { … } with a model that has an image`, "the file holds no flow")
	}
	return flows
}

// flowBlock makes the map of one flow.
func (d *decoder) flowBlock(p lang.Pair) *lang.Node {
	n := d.labelled(p, `flow "NAME" { … }`)
	lists := map[string]*lang.Node{}
	var pairs []lang.Pair
	for _, inner := range n.Pairs {
		word := plural[inner.Key]
		if !inner.Block || word == "" {
			pairs = append(pairs, inner)
			continue
		}
		list := lists[word]
		if list == nil {
			list = &lang.Node{Kind: lang.List, Range: inner.At}
			lists[word] = list
			pairs = append(pairs, lang.Pair{Key: word, At: inner.At, Value: list})
		}
		var item *lang.Node
		switch inner.Key {
		case "trigger":
			item = d.triggerBlock(inner)
		case "destination":
			item = d.labelled(inner, `destination "NAME" {}`)
		default:
			item = d.labelled(inner, `model "NAME" { … }`)
			d.plainBlocks(item)
		}
		list.Items = append(list.Items, item)
	}
	n.Pairs = pairs
	d.plainBlocks(n)
	return n
}

// labelled makes the map of a block with a name as its label.
func (d *decoder) labelled(p lang.Pair, example string) *lang.Node {
	n := *p.Value
	if len(p.Labels) > 1 {
		d.Errorf(p.Labels[1].Range, "write "+example, "the block %s has %d labels", p.Key, len(p.Labels))
	}
	if len(p.Labels) == 0 {
		return &n
	}
	label := p.Labels[0]
	if twice := n.Pair("name"); twice != nil {
		d.Errorf(twice.At, "remove one of them", "%s has a name as its label, and another one", p.Key)
		return &n
	}
	n.Pairs = append([]lang.Pair{{Key: "name", At: label.Range, Value: label}}, n.Pairs...)
	return &n
}

// triggerBlock makes the map of a trigger. Tags that are no names in HCL stand
// in tags = { … }.
func (d *decoder) triggerBlock(p lang.Pair) *lang.Node {
	n := *p.Value
	if len(p.Labels) > 0 {
		d.Errorf(p.Labels[0].Range, "remove it", "trigger takes no label")
	}
	n.Pairs = nil
	for _, inner := range p.Value.Pairs {
		if inner.Key != "tags" {
			n.Pairs = append(n.Pairs, inner)
			continue
		}
		if inner.Value.Kind != lang.Map {
			d.WrongType(inner.Value, "tags", `a map of tags to patterns, such as { "0008,0060" = "CT" }`)
			continue
		}
		n.Pairs = append(n.Pairs, inner.Value.Pairs...)
	}
	d.plainBlocks(&n)
	return &n
}

// plainBlocks lets a block stand for a map: environment { A = 1 } is
// environment = { A = 1 }.
func (d *decoder) plainBlocks(n *lang.Node) {
	known := func(word string) bool {
		var c flow.Container
		return slices.Contains(slices.Concat(names(d.flowKeys(nil, nil)), names(d.modelKeys(nil, nil, nil)), names(d.containerKeys(&c))), word)
	}
	for i := range n.Pairs {
		p := &n.Pairs[i]
		if n.Pair(p.Key) != p {
			d.Errorf(p.At, "remove one of them", "%s is there twice", p.Key)
			continue
		}
		if !p.Block {
			continue
		}
		if len(p.Labels) > 0 && known(p.Key) {
			d.Errorf(p.Labels[0].Range, "remove it", "%s takes no label", p.Key)
		}
		body := *p.Value
		body.Pairs = slices.Clone(body.Pairs)
		d.plainBlocks(&body)
		p.Value, p.Block = &body, !known(p.Key)
	}
}

// LooksLikeHCL reports whether a text without a name is in HCL rather than in YAML.
func LooksLikeHCL(text []byte) bool {
	words := lang.HCLWords(text)
	known := append([]string{"flow", "variable", "locals"}, siteWords...)
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(known, w) })
}
