package lang

import (
	"errors"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// costs say what functions cost that make much more of their arguments than
// these are, before they do. The others are paid for by their results.
var costs = map[string]func(args []cty.Value) int{
	"distinct": func(args []cty.Value) int { n := items(args[0]); return 4 * n * n },
	"join": func(args []cty.Value) int {
		n := 0
		for _, list := range args[1:] {
			n += items(list)
		}
		return n * bytesOf(args[0])
	},
	"replace": func(args []cty.Value) int {
		return (bytesOf(args[0])/max(1, bytesOf(args[1])) + 1) * bytesOf(args[2])
	},
	"regex":    func(args []cty.Value) int { return 64 * bytesOf(args[1]) },
	"regexall": func(args []cty.Value) int { return 64 * bytesOf(args[1]) },
	"regexreplace": func(args []cty.Value) int {
		return (bytesOf(args[0]) + 1) * (64 + bytesOf(args[2]))
	},
	"setproduct": func(args []cty.Value) int {
		n := itemCost * len(args)
		for _, list := range args {
			if n *= items(list); n > maxCost {
				return n
			}
		}
		return n
	},
	"format":     func(args []cty.Value) int { return formatCost(args) },
	"formatlist": func(args []cty.Value) int { return formatCost(args) },
}

var (
	widths     = regexp.MustCompile(`\d+`)
	asNumber   = regexp.MustCompile(`%[^%sqvt]*[bdoxXeEfgG]`)
	scientific = regexp.MustCompile(`^\s*[+-]?[0-9.]+[eE][+-]?[0-9]{4,}\s*$`)
)

// formatCost is that of texts which are put together by a format: each of its
// places may take the longest argument, and is at least as wide as it says;
// lists make a text for each of their values.
func formatCost(args []cty.Value) int {
	format, width, longest, many := text(args[0]), 0, 0, 1
	for _, n := range widths.FindAllString(format, -1) {
		w, err := strconv.Atoi(n)
		if err != nil || w > maxCost {
			return maxCost + 1
		}
		width += w
	}
	for _, a := range args[1:] {
		longest = max(longest, bytesOf(a))
		many = max(many, items(a))
	}
	return min(maxCost+1, (len(format)+width+strings.Count(format, "%")*longest)) * many
}

// thrifty makes a function that is paid for before it is called.
func (b *budget) thrifty(name string, f function.Function) function.Function {
	cost := costs[name]
	numbers := numberParameters(f)
	if cost == nil && !numbers && name != "jsondecode" && name != "tonumber" {
		return f
	}
	check := func(args []cty.Value) error {
		for _, a := range args {
			if !a.IsWhollyKnown() {
				return nil
			}
		}
		if numbers || name == "tonumber" || strings.HasPrefix(name, "format") && asNumber.MatchString(text(args[0])) {
			for _, a := range args {
				if hugeNumber(a) {
					return errors.New("the number has too many digits")
				}
			}
		}
		if name == "jsondecode" && jsonDepth(text(args[0])) > maxYAMLDepth {
			return errors.New("the text is nested too deep")
		}
		if cost == nil {
			return nil
		}
		return b.spend(cost(args))
	}
	return function.New(&function.Spec{
		Description: f.Description(), Params: f.Params(), VarParam: f.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if err := check(args); err != nil {
				return cty.DynamicPseudoType, err
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.Call(args) },
	})
}

func numberParameters(f function.Function) bool {
	for _, p := range f.Params() {
		if p.Type == cty.Number {
			return true
		}
	}
	return f.VarParam() != nil && f.VarParam().Type == cty.Number
}

// hugeNumber reports whether a value is a number of very many digits, or a text
// that reads as one.
func hugeNumber(v cty.Value) bool {
	switch t := v.Type(); {
	case v.IsNull():
	case t == cty.Number:
		return checkNumber(v) != nil
	case t == cty.String && scientific.MatchString(v.AsString()):
		n, _, err := big.ParseFloat(strings.TrimSpace(v.AsString()), 10, 64, big.ToNearestEven)
		return err != nil || checkNumber(cty.NumberVal(n)) != nil
	case t.IsListType() || t.IsTupleType() || t.IsSetType():
		for it := v.ElementIterator(); it.Next(); {
			if _, item := it.Element(); hugeNumber(item) {
				return true
			}
		}
	}
	return false
}

// jsonDepth returns how deep a text in JSON nests. Its decoder calls itself for
// each level.
func jsonDepth(json string) int {
	depth, deepest, quoted := 0, 0, false
	for i := 0; i < len(json); i++ {
		switch c := json[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
			deepest = max(deepest, depth)
		case c == ']' || c == '}':
			depth--
		}
	}
	return deepest
}

// text returns a text, or "" for any other value.
func text(v cty.Value) string {
	if v.IsNull() || !v.IsKnown() || v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}

// bytesOf returns how long a value is as text, or the longest of a list's.
func bytesOf(v cty.Value) int {
	if v.IsNull() || !v.IsKnown() || !v.CanIterateElements() {
		return len(text(v)) + 8
	}
	n := 0
	for it := v.ElementIterator(); it.Next(); {
		_, item := it.Element()
		n = max(n, bytesOf(item))
	}
	return n
}

// items returns how many values a list has, or 0.
func items(v cty.Value) int {
	if v.IsNull() || !v.IsKnown() || !v.CanIterateElements() {
		return 0
	}
	return v.LengthInt()
}
