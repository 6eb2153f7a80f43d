package lang

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// maxEach is how many blocks one dynamic block makes at most.
const maxEach = 1000

// The library's own expansion of dynamic blocks (hcl/v2/ext/dynblock) hides
// what an expression is made of, and with it the places of its parts. Walking
// over the syntax keeps them.

// dynamic adds the blocks that a dynamic block stands for, one for each value
// of for_each:
//
//	dynamic "model" {
//	  for_each = range(5)                   # a list, a set or a map
//	  iterator = fold                       # default: the block's type; fold.key and fold.value
//	  labels   = ["fold${fold.value}"]      # of each block; default: none
//	  content { image = "seg:${fold.value}" }
//	}
func (r *hclReader) dynamic(n *Node, block *hclsyntax.Block) {
	d, ok := r.dynamicParts(block)
	if !ok {
		n.Broken = true
		return
	}
	all := r.evaluate(d.forEach)
	if !all.IsKnown() {
		n.Broken = true
		return
	}
	at := r.at(d.forEach.Range())
	if all.IsNull() || !all.CanIterateElements() {
		n.Broken = true
		r.diags.Errorf(at, "write a list such as [0, 1, 2], range(5), or a map", "for_each has to be a list or a map, and this is %s", kindOf(all))
		return
	}
	if all.LengthInt() > maxEach {
		n.Broken = true
		r.diags.Errorf(at, "", "for_each has %d values, and %d are the most", all.LengthInt(), maxEach)
		return
	}
	outer, each := r.context, r.each
	defer func() { r.context, r.each = outer, each }()
	for it := all.ElementIterator(); it.Next(); {
		key, value := it.Element()
		if all.Type().IsSetType() {
			key = value
		}
		r.context = outer.NewChild()
		r.context.Variables = map[string]cty.Value{d.iterator: cty.ObjectVal(map[string]cty.Value{"key": key, "value": value})}
		if text, err := convert.Convert(key, cty.String); err == nil && text.IsKnown() && !text.IsNull() {
			r.each = d.iterator + ".key is " + text.AsString()
		}
		p := Pair{Key: block.Labels[0], At: r.at(block.LabelRanges[0]), Block: true, Labels: r.dynamicLabels(d.labels)}
		p.Value = r.body(d.content.Body)
		n.Pairs = append(n.Pairs, p)
		if r.full {
			return
		}
	}
}

// dynamicParts is a dynamic block, taken apart.
type dynamicParts struct {
	forEach, labels hclsyntax.Expression
	iterator        string
	content         *hclsyntax.Block
}

func (r *hclReader) dynamicParts(block *hclsyntax.Block) (d dynamicParts, ok bool) {
	at := r.at(block.TypeRange)
	if len(block.Labels) != 1 {
		r.diags.Errorf(at, `write dynamic "model" { … }`, "a dynamic block names the one block that it repeats")
		return d, false
	}
	d.iterator, ok = block.Labels[0], true
	known := []string{"for_each", "iterator", "labels"}
	for _, a := range sortedAttributes(block.Body) {
		switch a.Name {
		case "for_each":
			d.forEach = a.Expr
		case "labels":
			d.labels = a.Expr
		case "iterator":
			if d.iterator = hcl.ExprAsKeyword(a.Expr); d.iterator == "" {
				r.diags.Errorf(r.at(a.Expr.Range()), "write a name without quotes, such as iterator = fold", "iterator has to be a name")
				ok = false
			}
		default:
			r.diags.Errorf(r.at(a.NameRange), suggest.Hint(a.Name, known, "put it into content { … }"), "a dynamic block has no key %s", a.Name)
			ok = false
		}
	}
	for _, inner := range block.Body.Blocks {
		switch {
		case inner.Type != "content":
			r.diags.Errorf(r.at(inner.TypeRange), "put it into content { … }", "a dynamic block has no block %s", inner.Type)
			ok = false
		case d.content != nil:
			r.diags.Errorf(r.at(inner.TypeRange), "remove one of them", "content is there twice")
			ok = false
		default:
			d.content = inner
		}
	}
	var missing []string
	if d.forEach == nil {
		missing = append(missing, "for_each")
	}
	if d.content == nil {
		missing = append(missing, "content")
	}
	if missing != nil {
		r.diags.Errorf(at, "write for_each = range(5) and content { … }", "a dynamic block needs %s", strings.Join(missing, " and "))
	}
	return d, ok && missing == nil
}

// dynamicLabels reads the labels of one of the blocks.
func (r *hclReader) dynamicLabels(e hclsyntax.Expression) []*Node {
	if e == nil {
		return nil
	}
	n := r.expression(e)
	if n.Kind == Scalar {
		return []*Node{n}
	}
	for _, item := range n.Items {
		if item.Kind != Scalar {
			r.diags.wrongType(item, "each label", "text")
			return nil
		}
	}
	if n.Kind != List && !n.Broken {
		r.diags.wrongType(n, "labels", "a list of texts")
	}
	return n.Items
}

func kindOf(v cty.Value) string {
	if v.IsNull() {
		return "nothing"
	}
	return v.Type().FriendlyName()
}
