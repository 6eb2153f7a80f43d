package lang

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// WriteHCL returns a map as a file of HCL, with blocks where its pairs are
// blocks. What is read from it is equal to the node: templates in strings are
// escaped. The keys of settings and blocks have to be names.
func WriteHCL(n *Node) []byte {
	w := &hclWriter{}
	w.body(n, "")
	return hclwrite.Format(w.Bytes())
}

type hclWriter struct{ bytes.Buffer }

func (w *hclWriter) body(n *Node, indent string) {
	for i, p := range n.Pairs {
		if i > 0 && (p.Block || n.Pairs[i-1].Block) && !(small(p) && small(n.Pairs[i-1])) {
			w.WriteByte('\n')
		}
		w.WriteString(indent + p.Key)
		if !p.Block {
			w.WriteString(" = ")
			w.value(p.Value, indent)
			w.WriteByte('\n')
			continue
		}
		for _, label := range p.Labels {
			w.WriteString(" " + hclString(label.Text))
		}
		if len(p.Value.Pairs) == 0 {
			w.WriteString(" {}\n")
			continue
		}
		w.WriteString(" {\n")
		w.body(p.Value, indent+"  ")
		w.WriteString(indent + "}\n")
	}
}

// small reports whether a pair is a block without content, of which several can
// stand close together.
func small(p Pair) bool { return p.Block && len(p.Value.Pairs) == 0 }

func (w *hclWriter) value(n *Node, indent string) {
	line := hclInline(n)
	if len(indent)+len(line) <= maxWidth || n.Kind <= Scalar {
		w.WriteString(line)
		return
	}
	inner := indent + "  "
	open, closing := "[", "]"
	if n.Kind == Map {
		open, closing = "{", "}"
	}
	w.WriteString(open + "\n")
	for _, item := range n.Items {
		w.WriteString(inner)
		w.value(item, inner)
		w.WriteString(",\n")
	}
	for _, p := range n.Pairs {
		w.WriteString(inner + hclKey(p) + " = ")
		w.value(p.Value, inner)
		w.WriteByte('\n')
	}
	w.WriteString(indent + closing)
}

// hclInline returns a value on one line.
func hclInline(n *Node) string {
	switch n.Kind {
	case Null:
		return "null"
	case Scalar:
		if n.Plain {
			return n.Text
		}
		return hclString(n.Text)
	}
	var parts []string
	for _, item := range n.Items {
		parts = append(parts, hclInline(item))
	}
	for _, p := range n.Pairs {
		parts = append(parts, hclKey(p)+" = "+hclInline(p.Value))
	}
	switch {
	case n.Kind == List:
		return "[" + strings.Join(parts, ", ") + "]"
	case len(parts) == 0:
		return "{}"
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

// HCLName reports whether a word can be the name of a setting in HCL.
func HCLName(word string) bool { return hclsyntax.ValidIdentifier(word) }

var digits = regexp.MustCompile(`^[0-9]+$`)

func hclKey(p Pair) string {
	key := p.Key
	if p.Plain && !digits.MatchString(key) {
		return "(" + key + ")" // a word would be text
	}
	if p.Plain {
		return key
	}
	// HCL changes the spelling of others
	ascii := !strings.ContainsFunc(key, func(r rune) bool { return r > 0x7f })
	if HCLName(key) && ascii && !slices.Contains([]string{"for", "null", "true", "false"}, key) {
		return key
	}
	return hclString(key)
}

// hclString quotes a string. A template sequence is escaped by doubling its
// sign; behind another sign, where that would mean something else, as a number.
func hclString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	runes := []rune(s)
	for i, r := range runes {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case (r == '$' || r == '%') && i+1 < len(runes) && runes[i+1] == '{':
			if i > 0 && (runes[i-1] == '$' || runes[i-1] == '%') {
				fmt.Fprintf(&b, `\u%04x`, r)
			} else {
				b.WriteString(string([]rune{r, r}))
			}
		case plainRune(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
