package lang

import (
	"slices"
	"strconv"
)

// Kind is the shape of a node.
type Kind uint8

// The kinds of node.
const (
	Null Kind = iota
	Scalar
	List
	Map
)

// String names the kind as a user would.
func (k Kind) String() string {
	switch k {
	case Scalar:
		return "a single value"
	case List:
		return "a list"
	case Map:
		return "a map"
	}
	return "nothing"
}

// Node is one value of a file and the place where it stands.
type Node struct {
	Kind Kind
	// Text is a scalar as it was spelled, without quotes: 1.02 stays "1.02".
	Text string
	// Plain says that a scalar was written without quotes, so that it may mean
	// a number or a boolean.
	Plain bool
	Items []*Node
	Pairs []Pair
	Range Range
	// Broken says that a value, or one inside of it, could not be computed or
	// is not of the type that it has to be, and that this has been complained
	// about.
	Broken bool
	// anchored says that YAML gives the node a name, for aliases of it elsewhere.
	anchored bool
	// inner is where a scalar's first character stands, if every character of
	// Text is one of the file on the same line.
	inner Pos
}

// Anchored reports whether the node or one in it has a name in YAML, by which
// other places of the file may mean it.
func (n *Node) Anchored() bool {
	return n.anchored || slices.ContainsFunc(n.Items, (*Node).Anchored) ||
		slices.ContainsFunc(n.Pairs, func(p Pair) bool { return p.Value.Anchored() })
}

// Pair is one entry of a map, in the order of the file.
type Pair struct {
	Key string
	// Plain says that the key was written without quotes, so that it may mean a
	// number or a boolean where that counts.
	Plain  bool
	At     Range // of the key
	Value  *Node
	Block  bool    // an HCL block, of which a map may hold several under one key
	Labels []*Node // of an HCL block
}

// Get returns the value of a key of a map, or nil.
func (n *Node) Get(key string) *Node {
	if p := n.Pair(key); p != nil {
		return p.Value
	}
	return nil
}

// Pair returns the first entry of a map with that key, or nil.
func (n *Node) Pair(key string) *Pair {
	if n == nil {
		return nil
	}
	for i := range n.Pairs {
		if n.Pairs[i].Key == key {
			return &n.Pairs[i]
		}
	}
	return nil
}

// Find follows a path of keys and indexes as far as it leads. It returns the
// place of the last value reached, the place of its key (of the value itself,
// in a list), and how many steps were taken.
func (n *Node) Find(path []string) (value, key Range, steps int) {
	value, key = n.Range, n.Range
	for _, step := range path {
		if n.Kind == List {
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(n.Items) {
				return value, key, steps
			}
			n = n.Items[i]
			value, key = n.Range, n.Range
		} else {
			p := n.Pair(step)
			if p == nil {
				return value, key, steps
			}
			n = p.Value
			value, key = n.Range, p.At
		}
		steps++
	}
	return value, key, steps
}

// Within returns the place of some bytes of a scalar's text, or the whole
// scalar's if its spelling hides where they are.
func (n *Node) Within(offset, length int) Range {
	if n.inner.Line == 0 || offset < 0 || offset+length > len(n.Text) {
		return n.Range
	}
	start := n.inner.Column + len([]rune(n.Text[:offset]))
	end := start + max(1, len([]rune(n.Text[offset:offset+length])))
	return Range{Source: n.Range.Source, Start: Pos{n.inner.Line, start}, End: Pos{n.inner.Line, end}}
}
