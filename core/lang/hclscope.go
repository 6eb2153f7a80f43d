package lang

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// VariablePrefix is what the environment's values for the variables of HCL
// files begin with.
const VariablePrefix = "RADDEPLOY_VAR_"

// declares reports whether a block gives names to values and is no setting itself.
func declares(b *hclsyntax.Block) bool { return b.Type == "variable" || b.Type == "locals" }

// scope reads the variables and locals of a file. Where it has none, the words
// var and local mean nothing.
func (r *hclReader) scope(b *hclsyntax.Body) {
	variables, any := map[string]cty.Value{}, false
	l := &locals{hclReader: r, attributes: map[string]*hclsyntax.Attribute{}, values: map[string]cty.Value{}}
	first := map[string]Range{}
	for _, block := range b.Blocks {
		switch {
		case !declares(block):
			continue
		case block.Type == "locals":
			l.add(block)
		case len(block.Labels) != 1 || !hclsyntax.ValidIdentifier(block.Labels[0]):
			r.diags.Errorf(r.at(block.TypeRange), `write variable "name" { default = … }`, "a variable has one name, of letters, digits and _")
		default:
			name := block.Labels[0]
			if at, twice := first[name]; twice {
				r.diags.Errorf(r.at(block.LabelRanges[0]), "it stands in line "+lineOf(at)+" already; remove one of them", "the variable %s is there twice", name)
				continue
			}
			first[name] = r.at(block.LabelRanges[0])
			variables[name] = r.variable(name, block)
		}
		any = true
	}
	if !any {
		return
	}
	r.context.Variables = map[string]cty.Value{"var": cty.ObjectVal(variables), "local": cty.EmptyObjectVal}
	for _, name := range l.order {
		l.resolve(name)
	}
	r.context.Variables["local"] = cty.ObjectVal(l.values)
}

// variable returns a variable's value: what was given for it, else what the
// environment says, else its default.
func (r *hclReader) variable(name string, block *hclsyntax.Block) cty.Value {
	want, fallback := cty.DynamicPseudoType, cty.NilVal
	for _, a := range sortedAttributes(block.Body) {
		switch a.Name {
		case "default":
			fallback = r.evaluate(a.Expr)
		case "type":
			t, diags := typeexpr.TypeConstraint(a.Expr)
			r.explain(diags)
			want = t
		case "description", "sensitive", "nullable":
		default:
			known := []string{"default", "type", "description"}
			r.diags.Errorf(r.at(a.NameRange), suggest.Hint(a.Name, known, "what there is: "+strings.Join(known, ", ")), "a variable has no key %s", a.Name)
		}
	}
	for _, inner := range block.Body.Blocks {
		r.diags.Errorf(r.at(inner.TypeRange), "remove it", "a variable has no block %s", inner.Type)
	}
	text, given := r.Variables[name]
	from := "-var " + name
	if !given {
		from = VariablePrefix + name
		text, given = r.Lookup(from)
	}
	at := r.at(block.LabelRanges[0])
	value := fallback
	switch {
	case given:
		var diags hcl.Diagnostics
		if value, diags = givenValue(text, from, want, fallback); diags.HasErrors() {
			r.diags.Errorf(at, "write it as it would stand in this file, such as [1, 2]", "the value from %s cannot be read: %s", from, diags[0].Detail)
			return cty.DynamicVal
		}
	case fallback == cty.NilVal:
		r.diags.Errorf(at, "add default = …, or set "+VariablePrefix+name+" in the environment", "the variable %s has no value", name)
		return cty.DynamicVal
	}
	converted, err := convert.Convert(value, want)
	if err != nil {
		r.diags.Errorf(at, "", "the variable %s has to be %s: %v", name, want.FriendlyName(), err)
		return cty.DynamicVal
	}
	return converted
}

// givenValue reads a value that stands outside of the file. It is text, unless
// the variable's type or its default say that it is not.
func givenValue(text, from string, want cty.Type, fallback cty.Value) (cty.Value, hcl.Diagnostics) {
	if want == cty.DynamicPseudoType && fallback != cty.NilVal && !fallback.IsNull() {
		want = fallback.Type()
	}
	if want == cty.String || want == cty.DynamicPseudoType {
		return cty.StringVal(text), nil
	}
	if converted, err := convert.Convert(cty.StringVal(text), want); err == nil {
		return converted, nil
	}
	e, diags := hclsyntax.ParseExpression([]byte(text), from, hcl.InitialPos)
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	v, diags := e.Value(nil)
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	if want.IsPrimitiveType() {
		if _, err := convert.Convert(v, want); err != nil {
			return cty.DynamicVal, hcl.Diagnostics{{Severity: hcl.DiagError, Detail: err.Error()}}
		}
	}
	return v, nil
}

// locals are the values that a file has given names to. They may use each
// other, in any order.
type locals struct {
	*hclReader
	attributes map[string]*hclsyntax.Attribute
	order      []string
	values     map[string]cty.Value
	open       []string // those that are being computed
}

func (l *locals) add(block *hclsyntax.Block) {
	for _, a := range sortedAttributes(block.Body) {
		if first := l.attributes[a.Name]; first != nil {
			l.diags.Errorf(l.at(a.NameRange), "it stands in line "+lineOf(l.at(first.NameRange))+" already; remove one of them", "the local %s is there twice", a.Name)
			continue
		}
		l.attributes[a.Name] = a
		l.order = append(l.order, a.Name)
	}
	for _, inner := range block.Body.Blocks {
		l.diags.Errorf(l.at(inner.TypeRange), inner.Type+" = …", "locals hold values and no block %s", inner.Type)
	}
}

// resolve computes a local after those that it uses.
func (l *locals) resolve(name string) {
	a := l.attributes[name]
	if _, done := l.values[name]; done || a == nil {
		return
	}
	if i := slices.Index(l.open, name); i >= 0 {
		circle := append(slices.Clone(l.open[i:]), name)
		l.diags.Errorf(l.at(a.NameRange), "remove one of the references", "locals are computed from each other in a circle: %s", strings.Join(circle, " → "))
		l.values[name] = cty.DynamicVal
		return
	}
	l.open = append(l.open, name)
	for _, traversal := range a.Expr.Variables() {
		if traversal.RootName() != "local" || len(traversal) < 2 {
			continue
		}
		if step, ok := traversal[1].(hcl.TraverseAttr); ok {
			l.resolve(step.Name)
		}
	}
	l.open = l.open[:len(l.open)-1]
	if _, done := l.values[name]; done { // it is part of a circle
		return
	}
	l.context.Variables["local"] = cty.ObjectVal(l.values)
	l.values[name] = l.evaluate(a.Expr)
}
