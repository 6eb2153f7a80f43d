package lang

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Describe returns the node of a value that [Diagnostics.Any] has read: the one
// that is read as an equal value.
func Describe(v any) *Node {
	return describe(v, func(key string, value *Node) Pair { return Pair{Key: key, Value: value} })
}

// DescribeTyped is [Describe] for a map that [Diagnostics.TypedMap] has read.
func DescribeTyped(v any) *Node { return describe(v, pairOf) }

func describe(v any, pair func(string, *Node) Pair) *Node {
	switch v := v.(type) {
	case bool, int, float64:
		return &Node{Kind: Scalar, Plain: true, Text: spell(v)}
	case string:
		return &Node{Kind: Scalar, Text: v}
	case []any:
		n := &Node{Kind: List}
		for _, item := range v {
			n.Items = append(n.Items, describe(item, pair))
		}
		return n
	case map[string]any:
		n := &Node{Kind: Map}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			n.Pairs = append(n.Pairs, pair(key, describe(v[key], pair)))
		}
		return n
	}
	return &Node{}
}

// spell returns a boolean or a number as every reader of YAML, PyYAML too, takes
// it for one: a float has a point, whatever its exponent (YAML 1.1, "Floating
// Point Language-Independent Type").
func spell(v any) string {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case float64:
		digits, exponent, scientific := strings.Cut(strconv.FormatFloat(v, 'g', -1, 64), "e")
		if !strings.Contains(digits, ".") {
			digits += ".0"
		}
		if scientific {
			digits += "e" + exponent
		}
		return digits
	}
	return ""
}
