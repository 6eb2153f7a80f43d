package lang

import (
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// ParseHCL reads a file of HCL into a map: attributes and blocks in the order of the file, blocks marked as such. Expressions
// are evaluated; a file with a mistake in its syntax gives no node; the function env("NAME") gives a variable of the environment, or "".
func ParseHCL(src *Source) (*Node, Diagnostics) {
	if len(src.Text) > maxYAMLBytes {
		var d Diagnostics
		d.Errorf(src.Whole(), "", "the file has %d bytes, which is more than the %d that a configuration may have", len(src.Text), maxYAMLBytes)
		return nil, d
	}
	r := &hclReader{src: src, unfolded: unfold(src.Text, src.Name), context: &hcl.EvalContext{Functions: map[string]function.Function{"env": envFunction}}}
	file, diags := hclsyntax.ParseConfig(r.text, src.Name, hcl.InitialPos)
	if diags.HasErrors() {
		r.explain(diags)
		return nil, r.diags
	}
	root := r.body(file.Body.(*hclsyntax.Body))
	root.Range = src.Whole()
	return root, r.diags
}

var envFunction = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "name", Type: cty.String}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return cty.StringVal(os.Getenv(args[0].AsString())), nil
	},
})

// hclReader turns HCL's syntax tree into nodes.
type hclReader struct {
	src *Source
	*unfolded
	context *hcl.EvalContext
	diags   Diagnostics
}

func (r *hclReader) at(h hcl.Range) Range {
	if len(r.breaks) == 0 {
		return Range{Source: r.src, Start: Pos{h.Start.Line, h.Start.Column}, End: Pos{h.End.Line, h.End.Column}}
	}
	return Range{Source: r.src, Start: r.src.position(r.original(h.Start.Byte)), End: r.src.position(r.original(h.End.Byte))}
}

// explain takes over what HCL says about a file, of each kind of mistake the first: a missing quote breaks every line after it.
func (r *hclReader) explain(diags hcl.Diagnostics) {
	said := map[string]bool{}
	for _, d := range diags {
		if said[d.Summary] {
			continue
		}
		said[d.Summary] = true
		one := Diagnostic{Severity: Error, Summary: strings.ToLower(d.Summary[:1]) + d.Summary[1:], Hint: d.Detail, Range: r.src.Whole()}
		if d.Severity == hcl.DiagWarning {
			one.Severity = Warning
		}
		if d.Subject != nil {
			one.Range = r.at(*d.Subject)
		}
		r.diags = append(r.diags, one)
	}
}

func (r *hclReader) body(b *hclsyntax.Body) *Node {
	n := &Node{Kind: Map, Range: r.at(b.SrcRange)}
	for _, a := range b.Attributes {
		n.Pairs = append(n.Pairs, Pair{Key: a.Name, At: r.at(a.NameRange), Value: r.expression(a.Expr)})
	}
	for _, block := range b.Blocks {
		p := Pair{Key: block.Type, At: r.at(block.TypeRange), Value: r.body(block.Body), Block: true}
		for i, label := range block.Labels {
			p.Labels = append(p.Labels, &Node{Kind: Scalar, Text: label, Range: r.at(block.LabelRanges[i])})
		}
		n.Pairs = append(n.Pairs, p)
	}
	slices.SortStableFunc(n.Pairs, func(a, b Pair) int { return comparePos(a.At.Start, b.At.Start) })
	return n
}

func comparePos(a, b Pos) int {
	if a.Line != b.Line {
		return a.Line - b.Line
	}
	return a.Column - b.Column
}

// expression evaluates an expression, part by part where the parts have places of their own.
func (r *hclReader) expression(e hclsyntax.Expression) *Node {
	at := r.at(e.Range())
	switch e := e.(type) {
	case *hclsyntax.TupleConsExpr:
		n := &Node{Kind: List, Range: at}
		for _, item := range e.Exprs {
			n.Items = append(n.Items, r.expression(item))
		}
		return n
	case *hclsyntax.ObjectConsExpr:
		n := &Node{Kind: Map, Range: at}
		for _, item := range e.Items {
			key, diags := item.KeyExpr.Value(r.context)
			r.explain(diags)
			k := r.value(key, r.at(item.KeyExpr.Range()))
			if k.Kind != Scalar {
				continue
			}
			if first := n.Pair(k.Text); first != nil {
				r.diags.Errorf(k.Range, "remove one of them", "%s is there twice", k.Text)
				continue
			}
			n.Pairs = append(n.Pairs, Pair{Key: k.Text, At: k.Range, Value: r.expression(item.ValueExpr)})
		}
		return n
	}
	value, diags := e.Value(r.context)
	r.explain(diags)
	n := r.value(value, at)
	spelled := string(e.Range().SliceBytes(r.text))
	if n.Kind == Scalar && n.Plain && looksLikeNumber(spelled) {
		n.Text = spelled
	}
	if spelled == `"`+n.Text+`"` {
		n.inner = Pos{at.Start.Line, at.Start.Column + 1}
	}
	return n
}

// value turns a value that HCL has computed into a node.
func (r *hclReader) value(v cty.Value, at Range) *Node {
	n := &Node{Range: at}
	if v.IsNull() || !v.IsWhollyKnown() {
		return n
	}
	switch t := v.Type(); {
	case t == cty.String:
		n.Kind, n.Text = Scalar, v.AsString()
	case t == cty.Bool:
		n.Kind, n.Plain, n.Text = Scalar, true, "false"
		if v.True() {
			n.Text = "true"
		}
	case t == cty.Number:
		n.Kind, n.Plain, n.Text = Scalar, true, v.AsBigFloat().Text('f', -1)
	case v.CanIterateElements() && (t.IsObjectType() || t.IsMapType()):
		n.Kind = Map
		for it := v.ElementIterator(); it.Next(); {
			key, item := it.Element()
			n.Pairs = append(n.Pairs, Pair{Key: key.AsString(), At: at, Value: r.value(item, at)})
		}
	case v.CanIterateElements():
		n.Kind = List
		for it := v.ElementIterator(); it.Next(); {
			_, item := it.Element()
			n.Items = append(n.Items, r.value(item, at))
		}
	}
	return n
}

func looksLikeNumber(s string) bool { return looksLikeInt(s) || decimal.MatchString(s) }
