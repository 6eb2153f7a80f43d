package flowfile

import (
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
)

// WriteYAML returns a flow as a YAML file. [Parse] makes an equal flow of it.
// What has its default is left out.
func WriteYAML(f *flow.Flow) []byte { return lang.WriteYAML(describe(f)) }

// WriteHCL returns flows as a file of HCL. [Parse] makes equal flows of it, in
// the same order. What has its default is left out.
func WriteHCL(flows ...*flow.Flow) []byte {
	root := &lang.Node{Kind: lang.Map}
	for _, f := range flows {
		root.Pairs = append(root.Pairs, flowInHCL(describe(f)))
	}
	return lang.WriteHCL(root)
}

// flowInHCL turns the map of a flow into a block, and its lists of triggers,
// models and destinations into blocks, too.
func flowInHCL(n *lang.Node) lang.Pair {
	body := &lang.Node{Kind: lang.Map}
	flowPair := block("flow", n.Get("name"), body)
	for _, p := range n.Pairs {
		switch {
		case p.Key == "name":
		case len(p.Value.Items) == 0 || singular(p.Key) == "":
			body.Pairs = append(body.Pairs, p)
		default:
			for _, item := range p.Value.Items {
				body.Pairs = append(body.Pairs, blockOf(singular(p.Key), item))
			}
		}
	}
	return flowPair
}

func singular(word string) string {
	for one, all := range plural {
		if all == word {
			return one
		}
	}
	return ""
}

func blockOf(word string, item *lang.Node) lang.Pair {
	switch {
	case word == "trigger":
		for _, p := range item.Pairs {
			if !lang.HCLName(p.Key) || p.Key == "tags" || p.Key == "dynamic" {
				return block(word, nil, &lang.Node{Kind: lang.Map, Pairs: []lang.Pair{{Key: "tags", Value: item}}})
			}
		}
		return block(word, nil, item)
	case item.Kind == lang.Scalar: // a destination of the site
		return block(word, item, &lang.Node{Kind: lang.Map})
	}
	body := &lang.Node{Kind: lang.Map}
	for _, p := range item.Pairs {
		if p.Key != "name" {
			body.Pairs = append(body.Pairs, p)
		}
	}
	return block(word, item.Get("name"), body)
}

func block(word string, label, body *lang.Node) lang.Pair {
	p := lang.Pair{Key: word, Value: body, Block: true}
	if label != nil {
		p.Labels = []*lang.Node{label}
	}
	return p
}
