package lang

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// expression evaluates an expression, part by part where the parts have places
// of their own.
func (r *hclReader) expression(e hclsyntax.Expression) *Node {
	at := r.at(e.Range())
	if !r.counted(at) || r.isBroken(e) {
		return &Node{Range: at, Broken: true}
	}
	switch e := bare(e).(type) {
	case *hclsyntax.TupleConsExpr:
		n := &Node{Kind: List, Range: at}
		for _, item := range e.Exprs {
			n.Items = append(n.Items, r.expression(item))
		}
		return n
	case *hclsyntax.ObjectConsExpr:
		return r.object(e, at)
	}
	value, diags := e.Value(r.context)
	r.explain(diags)
	n := r.value(value, at)
	n.Broken = n.Broken || diags.HasErrors()
	spelled := string(e.Range().SliceBytes(r.text))
	if n.Kind == Scalar {
		r.spell(n, bare(e), spelled)
	}
	return n
}

// isBroken reports whether an expression holds a mistake that was complained
// about when the file was parsed.
func (r *hclReader) isBroken(e hclsyntax.Expression) bool {
	return slices.ContainsFunc(r.broken, func(d *hcl.Diagnostic) bool {
		return d.Summary != redefinedSummary && d.Subject.Overlaps(e.Range())
	})
}

// object reads { key = value }.
func (r *hclReader) object(e *hclsyntax.ObjectConsExpr, at Range) *Node {
	n := &Node{Kind: Map, Range: at}
	for _, item := range e.Items {
		key, diags := item.KeyExpr.Value(r.context)
		r.explain(diags)
		k := r.value(key, r.at(item.KeyExpr.Range()))
		if k.Kind > Scalar || k.Kind == Null && (k.Broken || diags.HasErrors()) {
			n.Broken = n.Broken || diags.HasErrors()
			if !diags.HasErrors() {
				r.diags.Errorf(k.Range, "", "a key has to be a single value, and this is %s", k.Kind)
			}
			continue
		}
		if wrapped, ok := item.KeyExpr.(*hclsyntax.ObjectConsKeyExpr); ok {
			inner := bare(wrapped.Wrapped)
			if parens, ok := inner.(*hclsyntax.ParenthesesExpr); ok {
				inner = bare(parens.Expression)
			}
			r.spell(k, inner, string(inner.Range().SliceBytes(r.text)))
		}
		plain := k.Plain
		if k.Kind == Null {
			k.Text, plain = "null", true
		}
		if slices.ContainsFunc(n.Pairs, func(p Pair) bool { return identity(p.Key, p.Plain) == identity(k.Text, plain) }) {
			r.diags.Errorf(k.Range, "remove one of them", "%s is there twice", k.Text)
			continue
		}
		n.Pairs = append(n.Pairs, Pair{Key: k.Text, Plain: plain, At: k.Range, Value: r.expression(item.ValueExpr)})
	}
	return n
}

// spell gives a scalar the spelling of the file where that says more than its
// value: 1.10 is no 1.1, and a text is not brought into Unicode's normal form,
// as HCL does with every text.
func (r *hclReader) spell(n *Node, e hclsyntax.Expression, spelled string) {
	switch _, quoted := e.(*hclsyntax.TemplateExpr); {
	case !n.Plain && hcl.ExprAsKeyword(e) == spelled: // a key without quotes
		n.Text = spelled
	case n.Plain && looksLikeNumber(spelled):
		n.Text = spelled
	case quoted && len(spelled) >= 2 && spelled[0] == '"':
		inner := []byte(spelled[1 : len(spelled)-1])
		text, diags := hclsyntax.ParseStringLiteralToken(hclsyntax.Token{Type: hclsyntax.TokenQuotedLit, Bytes: inner})
		if !diags.HasErrors() && cty.NormalizeString(text) == n.Text {
			n.Text = text
		}
		if string(inner) == n.Text {
			n.inner = Pos{n.Range.Start.Line, n.Range.Start.Column + 1}
		}
	}
}

// value turns a value that HCL has computed into a node.
func (r *hclReader) value(v cty.Value, at Range) *Node {
	n := &Node{Range: at}
	if v.IsNull() {
		return n
	}
	if !v.IsKnown() || !r.counted(at) { // what it is computed from has been complained about
		n.Broken = true
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

// counted reports whether a file may hold one value more, and complains when it
// may not for the first time.
func (r *hclReader) counted(at Range) bool {
	if r.count++; r.count > maxYAMLNodes && !r.full {
		r.full = true
		r.diags.Errorf(at, "write less: fewer dynamic blocks, fewer values", "the file has more than %d values once its expressions are evaluated", maxYAMLNodes)
	}
	return !r.full
}

// tooMuch complains, once, about values that take too much to compute.
func (r *hclReader) tooMuch(at Range) {
	if !r.budget.said {
		r.budget.said = true
		r.diags.Errorf(at, "write fewer values, shorter texts, fewer loops within loops", "%v", errCost)
	}
}

// evaluate computes the value of an expression that is no setting itself. It is
// unknown if that went wrong.
func (r *hclReader) evaluate(e hcl.Expression) cty.Value {
	if own, ok := e.(hclsyntax.Expression); ok && r.isBroken(own) {
		return cty.DynamicVal
	}
	v, diags := e.Value(r.context)
	r.explain(diags)
	if diags.HasErrors() {
		return cty.DynamicVal
	}
	return v
}

func looksLikeNumber(s string) bool { return looksLikeInt(s) || decimal.MatchString(s) }
