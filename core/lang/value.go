package lang

import (
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Each of these reads a node as one type. If it cannot be one, that is added to
// the diagnostics, what names the word that the value belongs to, and false is
// returned.

// Text reads a string; numbers and booleans keep their spelling.
func (d *Diagnostics) Text(n *Node, what string) (string, bool) {
	if n.Kind != Scalar {
		d.wrongType(n, what, "text")
		return "", false
	}
	return n.Text, true
}

// Bool reads true or false, in each spelling that YAML 1.1 has for them.
func (d *Diagnostics) Bool(n *Node, what string) (bool, bool) {
	if n.Kind == Scalar {
		if b, ok := parseBool(n.Text); ok {
			return b, true
		}
	}
	d.wrongType(n, what, "true or false")
	return false, false
}

// Int reads a whole number from min to max.
func (d *Diagnostics) Int(n *Node, what string, low, high int64) (int64, bool) {
	if n.Kind != Scalar {
		d.wrongType(n, what, "a whole number")
		return 0, false
	}
	i, ok := parseInt(n.Text)
	switch {
	case !ok:
		d.wrongType(n, what, "a whole number")
		return 0, false
	case i < low || i > high:
		n.Broken = true
		d.Errorf(n.Range, "", "%s has to be %s, and %d is not", what, between(low, high), i)
		return 0, false
	}
	return i, true
}

func between(low, high int64) string {
	const most = 1<<63 - 1
	switch {
	case high == most:
		return strconv.FormatInt(low, 10) + " or more"
	case low == -most-1:
		return strconv.FormatInt(high, 10) + " or less"
	}
	return strconv.FormatInt(low, 10) + " to " + strconv.FormatInt(high, 10)
}

// Size reads a number of bytes, with the suffixes that docker takes: 512m,
// "2g", "10GiB". All of them are powers of 1024.
func (d *Diagnostics) Size(n *Node, what string) (int64, bool) {
	if n.Kind == Scalar {
		if i, ok := parseInt(n.Text); ok && i >= 0 {
			return i, true
		}
		if size, err := sdk.ParseSize(plainSize(n.Text)); err == nil {
			return int64(size), true
		}
	}
	d.wrongType(n, what, "a size such as 512m or 2g")
	return 0, false
}

// plainSize spells the number in front of a size's suffix as [sdk.ParseSize]
// takes it: 1e3k is 1000k.
func plainSize(s string) string {
	end := strings.LastIndexAny(s, "0123456789.") + 1
	if f, err := strconv.ParseFloat(s[:end], 64); err == nil {
		return plain(f) + s[end:]
	}
	return s
}

func plain(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// Duration reads seconds, or a text such as "30m" or "1h30m", or "90d" for
// days. Durations are never negative.
func (d *Diagnostics) Duration(n *Node, what string) (time.Duration, bool) {
	if n.Kind == Scalar {
		if t, ok := parseDuration(n.Text); ok {
			return t, true
		}
	}
	d.wrongType(n, what, `a time in seconds, or one such as "30m"`)
	return 0, false
}

const longest = 100 * 365 * 24 * time.Hour // so that no sum of times overflows

// parseDuration reads what [sdk.ParseDuration] reads. Its numbers may be spelled
// as all numbers of the language.
func parseDuration(s string) (time.Duration, bool) {
	number, days := strings.CutSuffix(s, "d")
	if f, ok := parseFloat(number); ok {
		if s = plain(f); days {
			s += "d"
		}
	}
	t, err := sdk.ParseDuration(s)
	return t, err == nil && t >= 0 && t <= longest
}

// Texts reads a list of strings; a single one is a list of one.
func (d *Diagnostics) Texts(n *Node, what string) ([]string, bool) {
	if n.Kind == Scalar {
		return []string{n.Text}, true
	}
	if n.Kind != List {
		d.wrongType(n, what, "text or a list of texts")
		return nil, false
	}
	texts, ok := make([]string, 0, len(n.Items)), true
	for _, item := range n.Items {
		s, good := d.Text(item, "each entry of "+what)
		texts, ok = append(texts, s), ok && good
	}
	return texts, ok
}

// Any reads a node as it is: nil, bool, int, float64, string, []any or
// map[string]any.
func (d *Diagnostics) Any(n *Node) any {
	return d.any(n, func(p Pair) string { return p.Key })
}

func (d *Diagnostics) any(n *Node, key func(Pair) string) any {
	switch n.Kind {
	case Scalar:
		return d.anyScalar(n)
	case List:
		list := make([]any, len(n.Items))
		for i, item := range n.Items {
			list[i] = d.any(item, key)
		}
		return list
	case Map:
		m := make(map[string]any, len(n.Pairs))
		for _, p := range n.Pairs {
			k := key(p)
			if _, twice := m[k]; twice {
				d.Errorf(p.At, "remove one of them", "%s is there twice", p.Key)
			}
			m[k] = d.any(p.Value, key)
		}
		return m
	}
	return nil
}

func (d *Diagnostics) anyScalar(n *Node) any {
	if !n.Plain {
		return n.Text
	}
	if b, ok := parseBool(n.Text); ok {
		return b
	}
	if i, ok := parseInt(n.Text); ok {
		return int(i)
	}
	if notFinite.MatchString(n.Text) {
		d.Errorf(n.Range, "put it into quotes to pass it on as text", "%s is no number that can be passed on", n.Text)
		return n.Text
	}
	if looksLikeInt(n.Text) {
		d.Errorf(n.Range, "put it into quotes to pass it on as text", "the number %s does not fit into 64 bits", n.Text)
		return n.Text
	}
	if f, ok := parseFloat(n.Text); ok && strings.ContainsAny(n.Text, ".eE") {
		return f
	}
	return n.Text // 089, too
}

// AnyMap reads a map as it is. What is absent or null is nil.
func (d *Diagnostics) AnyMap(n *Node, what string) (map[string]any, bool) {
	return d.anyMap(n, what, func(p Pair) string { return p.Key })
}

// TypedMap is [Diagnostics.AnyMap] for a map whose keys keep their types, as
// [WriteYAML] with [DescribeTyped] writes them again.
func (d *Diagnostics) TypedMap(n *Node, what string) (map[string]any, bool) {
	return d.anyMap(n, what, d.typedKey)
}

func (d *Diagnostics) anyMap(n *Node, what string, key func(Pair) string) (map[string]any, bool) {
	switch n.Kind {
	case Null:
		return nil, true
	case Map:
		return d.any(n, key).(map[string]any), true
	}
	d.wrongType(n, what, "a map")
	return nil, false
}

func (d *Diagnostics) wrongType(n *Node, what, want string) {
	if n.Broken {
		return
	}
	n.Broken = true
	is := n.Kind.String()
	if n.Kind == Scalar {
		is = strconv.Quote(n.Text)
		if n.Plain && len(n.Text) < 40 {
			is = n.Text
		}
	}
	d.Errorf(n.Range, "", "%s has to be %s, and this is %s", what, want, is)
}

// WrongType adds that a value is not what it has to be, unless it is known to
// be broken.
func (d *Diagnostics) WrongType(n *Node, what, want string) { d.wrongType(n, what, want) }
