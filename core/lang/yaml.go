package lang

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// What a YAML file may be at most. A flow file is a few kilobytes; aliases are
// counted each time that they are used.
const (
	maxYAMLBytes = 1 << 20
	maxYAMLNodes = 100_000
	maxYAMLDepth = 64
	maxYAMLText  = 4 << 20 // bytes of all texts and keys
)

// ParseYAML reads one YAML document. An empty file is a node of kind Null. With
// errors, the node is what could be read, or nil.
//
// Strings are literal. Anchors, aliases and merge keys are followed, within
// limits. Two entries of one map with the same key are an error, as is a second
// document.
func ParseYAML(src *Source) (*Node, Diagnostics) {
	r := &yamlReader{src: src, open: map[*yaml.Node]bool{}}
	if len(src.Text) > maxYAMLBytes {
		r.diags.Errorf(src.Whole(), "", "the file has %d bytes, which is more than the %d that a configuration may have", len(src.Text), maxYAMLBytes)
		return nil, r.diags
	}
	if !utf8.Valid(src.Text) {
		r.diags.Errorf(invalidUTF8(src), "save the file as UTF-8", "the text is not UTF-8")
		return nil, r.diags
	}
	decoder := yaml.NewDecoder(bytes.NewReader(src.Text))
	var doc yaml.Node
	switch err := decoder.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return &Node{Range: src.Whole()}, nil
	case err != nil:
		r.diags = append(r.diags, explainYAML(src, err))
		return nil, r.diags
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		r.diags.Errorf(src.wholeLine(second.Line), "put each document into a file of its own", "a second document begins here")
	} else if !errors.Is(err, io.EOF) {
		r.diags = append(r.diags, explainYAML(src, err))
	}
	root := r.node(doc.Content[0], 0)
	if r.full {
		return nil, r.diags
	}
	return root, r.diags
}

func invalidUTF8(src *Source) Range {
	for i := 0; i < len(src.Text); {
		c, size := utf8.DecodeRune(src.Text[i:])
		if c == utf8.RuneError && size == 1 {
			p := src.position(i)
			return src.At(p.Line, p.Column)
		}
		i += size
	}
	return src.Whole()
}

// yamlReader turns the parser's nodes into ours.
type yamlReader struct {
	src   *Source
	diags Diagnostics
	open  map[*yaml.Node]bool // whose content is being read, to find what contains itself
	count int
	bytes int
	alias Range // the alias that was followed last
	full  bool  // too much has been read already
}

func (r *yamlReader) node(y *yaml.Node, depth int) *Node {
	n := &Node{Range: r.rangeOf(y), anchored: y.Anchor != ""}
	r.count++
	r.bytes += len(y.Value)
	switch {
	case r.full:
		return n
	case r.bytes > maxYAMLText:
		r.full = true
		r.diags.Errorf(r.alias, "write less: fewer aliases of long texts", "the file has more than %d bytes of text once its aliases are followed", maxYAMLText)
		return n
	case r.count > maxYAMLNodes || depth > maxYAMLDepth:
		r.full = true
		r.diags.Errorf(n.Range, "write less: fewer aliases, fewer levels",
			"the file has more than %d values or %d levels once its aliases are followed", maxYAMLNodes, maxYAMLDepth)
		return n
	}
	switch y.Kind {
	case yaml.AliasNode:
		if r.open[y.Alias] {
			r.diags.Errorf(n.Range, "", "the alias *%s stands inside the value that it means", y.Value)
			return n
		}
		r.alias = n.Range
		target := r.node(y.Alias, depth+1)
		target.Range, target.inner, target.anchored = n.Range, Pos{}, false
		return target
	case yaml.ScalarNode:
		r.scalar(n, y)
	case yaml.SequenceNode:
		n.Kind = List
		r.tag(n, y, "!!seq")
		r.open[y] = true
		for _, item := range y.Content {
			n.Items = append(n.Items, r.node(item, depth+1))
		}
		delete(r.open, y)
	case yaml.MappingNode:
		n.Kind = Map
		r.tag(n, y, "!!map")
		r.open[y] = true
		r.pairs(n, y, depth)
		delete(r.open, y)
	}
	return n
}

func (r *yamlReader) scalar(n *Node, y *yaml.Node) {
	n.Kind, n.Text = Scalar, y.Value
	quoted := y.Style & (yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle)
	n.Plain = quoted == 0
	if y.Style&yaml.TaggedStyle != 0 {
		switch y.Tag {
		case "!!str":
			n.Plain = false
		case "!!int", "!!float", "!!bool", "!!null":
			n.Plain = true
		default:
			r.tag(n, y, "!!str")
		}
	}
	n.inner = r.innerOf(n)
	if n.Plain && isNull(n.Text) {
		n.Kind = Null
	}
}

// tag complains about a type that a file gives to a value and that nothing here
// knows.
func (r *yamlReader) tag(n *Node, y *yaml.Node, want string) {
	if y.Style&yaml.TaggedStyle != 0 && y.Tag != want {
		r.diags.Errorf(n.Range, "remove it", "the type %s is not known here", y.Tag)
	}
}

// pairs reads the entries of a map: first its own, then those that it merges
// and does not have itself.
func (r *yamlReader) pairs(n *Node, y *yaml.Node, depth int) {
	var merges []*yaml.Node
	own := map[string]Range{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		if k.Kind == yaml.ScalarNode && k.Tag == "!!merge" {
			merges = append(merges, v)
			continue
		}
		key := r.node(k, depth+1)
		if key.Kind > Scalar {
			r.diags.Errorf(key.Range, "", "a key has to be a single value, and this is %s", key.Kind)
			continue
		}
		if r.full {
			return
		}
		if first, twice := own[identity(key.Text, key.Plain)]; twice {
			r.diags.Errorf(key.Range, fmt.Sprintf("it stands in line %d already; remove one of them", first.Start.Line), "%s is there twice", key.Text)
			continue
		}
		own[identity(key.Text, key.Plain)] = key.Range
		n.Pairs = append(n.Pairs, Pair{Key: key.Text, Plain: key.Plain, At: key.Range, Value: r.node(v, depth+1)})
	}
	for _, m := range merges {
		from := r.node(m, depth+1)
		sources := []*Node{from}
		if from.Kind == List {
			sources = from.Items
		}
		for _, s := range sources {
			if s.Kind != Map {
				r.diags.Errorf(s.Range, "", "<< merges maps, and this is %s", s.Kind)
				continue
			}
			for _, p := range s.Pairs {
				if _, has := own[identity(p.Key, p.Plain)]; !has {
					own[identity(p.Key, p.Plain)] = p.At
					n.Pairs = append(n.Pairs, p)
				}
			}
		}
	}
}
