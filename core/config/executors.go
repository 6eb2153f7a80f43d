package config

import (
	"reflect"
	"slices"

	"github.com/raddeploy/raddeploy/core/lang"
)

// SamePlugin reports whether two blocks of one executor tell its plugin the same,
// so that a process which serves the one serves the other.
func SamePlugin(a, b Executor) bool {
	return a.Plugin == b.Plugin && a.Path == b.Path && a.SHA256 == b.SHA256 && sameNode(a.Config, b.Config)
}

// sameExecutor reports whether two blocks say the same, wherever they stand.
func sameExecutor(a, b Executor) bool {
	same := sameNode(a.Config, b.Config)
	a.Config, a.At, b.Config, b.At = nil, lang.Range{}, nil, lang.Range{}
	return same && reflect.DeepEqual(a, b)
}

// sameNode compares values, not their places. An empty block is as good as none.
func sameNode(a, b *lang.Node) bool {
	if a == nil || b == nil {
		return emptyNode(a) && emptyNode(b)
	}
	samePair := func(p, q lang.Pair) bool {
		return p.Key == q.Key && p.Block == q.Block && slices.EqualFunc(p.Labels, q.Labels, sameNode) && sameNode(p.Value, q.Value)
	}
	return a.Kind == b.Kind && a.Text == b.Text && a.Plain == b.Plain && slices.EqualFunc(a.Items, b.Items, sameNode) &&
		slices.EqualFunc(a.Pairs, b.Pairs, samePair)
}

func emptyNode(n *lang.Node) bool { return n == nil || n.Kind == lang.Map && len(n.Pairs) == 0 }
