package lang

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// What is written is at most this wide, if it can be broken.
const maxWidth = 100

// maxSimpleKey is how long a key can be that stands before its colon on one
// line (YAML 1.2 §7.4.2 allows 1024 characters).
const maxSimpleKey = 1000

// WriteYAML returns a map as a YAML document. What is read from it is equal to
// the node: strings are quoted wherever anybody could take them for something
// else.
func WriteYAML(n *Node) []byte {
	w := &yamlWriter{}
	if len(n.Pairs) == 0 {
		return []byte("{}\n")
	}
	w.pairs(n, "")
	return w.Bytes()
}

type yamlWriter struct{ bytes.Buffer }

// pairs writes the entries of a map, each on lines of its own. The first one
// begins where the writer stands.
func (w *yamlWriter) pairs(n *Node, indent string) {
	for i, p := range n.Pairs {
		if i > 0 {
			w.WriteString(indent)
		}
		w.key(p, indent)
		w.value(p.Value, indent, false)
	}
}

func (w *yamlWriter) key(p Pair, indent string) {
	if k := yamlKey(p); len(k) <= maxSimpleKey {
		w.WriteString(k + ":")
	} else {
		w.WriteString("? " + k + "\n" + indent + ":")
	}
}

// value writes what stands behind a key or a dash. A list below a dash has no
// lines of its own.
func (w *yamlWriter) value(n *Node, indent string, dash bool) {
	inner := indent + "  "
	switch {
	case n.Kind == Scalar && !n.Plain && fitsLiteral(n.Text):
		w.literal(n.Text, inner)
	case n.Kind <= Scalar, len(n.Pairs)+len(n.Items) == 0, n.Kind == List && (dash || short(n)):
		fmt.Fprintf(w, " %s\n", yamlInline(n))
	case n.Kind == Map && dash:
		w.WriteByte(' ')
		w.pairs(n, inner)
	case n.Kind == Map:
		w.WriteString("\n" + inner)
		w.pairs(n, inner)
	default:
		w.WriteByte('\n')
		for _, item := range n.Items {
			w.WriteString(inner + "-")
			w.value(item, inner, true)
		}
	}
}

// literal writes a text of several lines as it is.
func (w *yamlWriter) literal(text, indent string) {
	w.WriteString(" |")
	body, ended := strings.CutSuffix(text, "\n")
	if !ended {
		w.WriteByte('-')
	}
	for line := range strings.SplitSeq(body, "\n") {
		w.WriteByte('\n')
		if line != "" {
			w.WriteString(indent + line)
		}
	}
	w.WriteByte('\n')
}

// fitsLiteral reports whether a text can be written as a literal block and is
// then easier to read.
func fitsLiteral(text string) bool {
	body := strings.TrimSuffix(text, "\n")
	if !strings.Contains(body, "\n") || strings.HasSuffix(body, "\n") {
		return false
	}
	for i, line := range strings.Split(body, "\n") {
		if strings.TrimRight(line, " \t") != line || strings.HasPrefix(line, "\t") || i == 0 && (line == "" || line[0] == ' ') {
			return false
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r != '\t' && !plainRune(r) }) {
			return false
		}
	}
	return true
}

// plainRune reports whether every reader of YAML takes a character as it is.
func plainRune(r rune) bool {
	return unicode.IsPrint(r) && r != '\uFEFF' && r != unicode.ReplacementChar
}

// short reports whether a list is best written on one line.
func short(n *Node) bool {
	for _, item := range n.Items {
		if item.Kind > Scalar || fitsLiteral(item.Text) {
			return false
		}
	}
	return len(yamlInline(n)) <= maxWidth
}

// yamlInline returns a value on one line.
func yamlInline(n *Node) string {
	switch n.Kind {
	case Null:
		return "null"
	case Scalar:
		if n.Plain {
			return n.Text
		}
		return yamlScalar(n.Text)
	}
	var parts []string
	for _, item := range n.Items {
		parts = append(parts, yamlInline(item))
	}
	for _, p := range n.Pairs {
		key := yamlKey(p)
		if len(key) > maxSimpleKey {
			key = "? " + key + " "
		}
		parts = append(parts, key+": "+yamlInline(p.Value))
	}
	if n.Kind == List {
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func yamlKey(p Pair) string {
	if p.Plain {
		return p.Key
	}
	return yamlScalar(p.Key)
}

// unquoted is what can be written without quotes, in every place and for every
// reader, unless it is a word such as yes.
var unquoted = regexp.MustCompile(`^[A-Za-z/_](?:[A-Za-z0-9/_.|*+^$()=;-]|:[A-Za-z0-9/_]| [A-Za-z0-9/_.(])*$`)

// yamlScalar returns a string, quoted if need be.
func yamlScalar(s string) string {
	_, truth := parseBool(s)
	if unquoted.MatchString(s) && !truth && !isNull(s) && !(len(s) == 1 && strings.Contains("yYnN", s)) {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case plainRune(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02X`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			fmt.Fprintf(&b, `\U%08X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
