package lang

import (
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// HCL's evaluation knows no end but its own: a list of lists of lists, or a
// text put together of itself ten times over, makes gigabytes of one kilobyte.
// So every value that an expression has, also those on the way to it, is paid
// for.

const (
	maxCost   = 16 << 20 // what the values of a file may cost, all together
	itemCost  = 64       // of one value; a text costs its bytes besides
	maxText   = maxRead  // bytes of one text, also on the way to a value
	maxBits   = 4096     // of a number
	costsMuch = "Too much to compute"
)

var errCost = errors.New("the values of the file take too much memory or time to compute")

// budget is what may still be spent on a file's values.
type budget struct {
	spent int
	said  bool
}

// spend pays for something, unless that would be more than there is.
func (b *budget) spend(cost int) error {
	if cost < 0 || b.spent > maxCost-min(cost, maxCost) {
		b.spent = maxCost + 1
		return errCost
	}
	b.spent += cost
	return nil
}

func (b *budget) exhausted() bool { return b.spent > maxCost }

// pay pays for a value and for all that is in it.
func (b *budget) pay(v cty.Value) error {
	if err := b.spend(itemCost); err != nil || !v.IsKnown() || v.IsNull() {
		return err
	}
	switch t := v.Type(); {
	case t == cty.String:
		text := v.AsString()
		if len(text) > maxText {
			return fmt.Errorf("a text may have %d bytes, and this one has %d", maxText, len(text))
		}
		return b.spend(len(text))
	case t == cty.Number:
		return checkNumber(v)
	case v.CanIterateElements():
		for it := v.ElementIterator(); it.Next(); {
			key, item := it.Element()
			if t.IsObjectType() || t.IsMapType() {
				if err := b.spend(len(key.AsString())); err != nil {
					return err
				}
			}
			if err := b.pay(item); err != nil {
				return err
			}
		}
	}
	return nil
}

// payTypes pays for finding one type for all values of a list, which takes HCL
// the square of their number.
func (b *budget) payTypes(v cty.Value) error {
	n := typed(v)
	return b.spend(n * n / 8)
}

// typed returns how many values with types of their own there are in a value.
func typed(v cty.Value) int {
	if !v.IsKnown() || v.IsNull() || !v.Type().IsTupleType() && !v.Type().IsObjectType() {
		return 0
	}
	n := 0
	for it := v.ElementIterator(); it.Next(); {
		_, item := it.Element()
		n += 1 + typed(item)
	}
	return n
}

// checkNumber refuses a number that is short to write and takes a gigabyte of
// digits.
func checkNumber(v cty.Value) error {
	n := v.AsBigFloat()
	if exponent := n.MantExp(nil); exponent > maxBits || exponent < -maxBits {
		return errors.New("the number has too many digits")
	}
	return nil
}

// metered is an expression whose value is paid for. What is embedded makes it
// one that HCL's own walks look into.
type metered struct {
	*hclsyntax.ParenthesesExpr
	budget  *budget
	unified bool // HCL may compare the types of all its values with each other
}

// Value computes the expression as long as there is something left to spend.
func (m *metered) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	if m.budget.exhausted() {
		return cty.DynamicVal, m.tooMuch(errCost)
	}
	v, diags := m.Expression.Value(ctx)
	switch {
	case diags.HasErrors() && m.budget.exhausted():
		return cty.DynamicVal, m.tooMuch(errCost)
	case diags.HasErrors():
		return v, diags
	}
	err := m.budget.pay(v)
	if err == nil && m.unified {
		err = m.budget.payTypes(v)
	}
	if err != nil {
		return cty.DynamicVal, m.tooMuch(err)
	}
	return v, diags
}

func (m *metered) tooMuch(err error) hcl.Diagnostics {
	at := m.Expression.Range()
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: costsMuch, Detail: err.Error(), Subject: &at}}
}

// UnwrapExpression lets HCL see what the expression is.
func (m *metered) UnwrapExpression() hcl.Expression { return m.Expression }

// bare returns an expression as the file has it.
func bare(e hclsyntax.Expression) hclsyntax.Expression {
	if m, ok := e.(*metered); ok {
		return m.Expression
	}
	return e
}

// meter has everything that a body computes paid for.
func (b *budget) meter(body *hclsyntax.Body) {
	wrapped := func(unified bool, all []*hclsyntax.Expression) {
		for _, e := range all {
			if *e == nil {
				continue
			}
			if literal, ok := (*e).(*hclsyntax.LiteralValueExpr); ok && literal.Val.Type() != cty.Number {
				continue
			}
			*e = &metered{&hclsyntax.ParenthesesExpr{Expression: *e, SrcRange: (*e).Range()}, b, unified}
		}
	}
	wrap := func(all ...*hclsyntax.Expression) { wrapped(false, all) }
	unify := func(all ...*hclsyntax.Expression) { wrapped(true, all) }
	wrapAll := func(list []hclsyntax.Expression) {
		for i := range list {
			wrap(&list[i])
		}
	}
	_ = hclsyntax.VisitAll(body, func(node hclsyntax.Node) hcl.Diagnostics {
		switch n := node.(type) {
		case *hclsyntax.Attribute:
			unify(&n.Expr)
		case *hclsyntax.ParenthesesExpr:
			wrap(&n.Expression)
		case *hclsyntax.ForExpr:
			wrap(&n.CollExpr, &n.KeyExpr, &n.ValExpr, &n.CondExpr)
		case *hclsyntax.FunctionCallExpr:
			for i := range n.Args {
				unify(&n.Args[i])
			}
		case *hclsyntax.TemplateExpr:
			wrapAll(n.Parts)
		case *hclsyntax.TemplateWrapExpr:
			wrap(&n.Wrapped)
		case *hclsyntax.TemplateJoinExpr:
			wrap(&n.Tuple)
		case *hclsyntax.TupleConsExpr:
			wrapAll(n.Exprs)
		case *hclsyntax.ObjectConsExpr:
			for i := range n.Items {
				wrap(&n.Items[i].ValueExpr)
			}
		case *hclsyntax.ConditionalExpr:
			wrap(&n.Condition)
			unify(&n.TrueResult, &n.FalseResult)
		case *hclsyntax.BinaryOpExpr:
			unify(&n.LHS, &n.RHS)
		case *hclsyntax.UnaryOpExpr:
			wrap(&n.Val)
		case *hclsyntax.IndexExpr:
			wrap(&n.Collection, &n.Key)
		case *hclsyntax.SplatExpr:
			wrap(&n.Source)
		case *hclsyntax.RelativeTraversalExpr:
			wrap(&n.Source)
		}
		return nil
	})
}
