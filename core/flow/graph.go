package flow

import (
	"slices"
)

// Graph is the order that the mounts of a flow's models imply: a model depends
// on those that write what it reads. Models are meant by their index. It is
// read-only once made.
type Graph struct {
	producer map[string]int // of an output's name; the first one, if a wrong flow has several
	needs    [][]int
	feeds    [][]int
	depth    []int
	order    []int
	cycles   [][]int
}

// NewGraph returns the graph of a flow. A flow that is not valid has one too;
// models that lie on a cycle are then missing from Order.
func NewGraph(f *Flow) *Graph {
	n := len(f.Models)
	g := &Graph{producer: map[string]int{}, needs: make([][]int, n), feeds: make([][]int, n), depth: make([]int, n)}
	for i, m := range f.Models {
		for _, out := range m.Outputs {
			if _, taken := g.producer[out.Name]; !taken {
				g.producer[out.Name] = i
			}
		}
	}
	for i, m := range f.Models {
		for _, in := range m.Inputs {
			p, ok := g.producer[in.Name]
			if in.Name == Src || !ok || slices.Contains(g.needs[i], p) {
				continue
			}
			g.needs[i] = append(g.needs[i], p)
			g.feeds[p] = append(g.feeds[p], i)
		}
		slices.Sort(g.needs[i])
	}
	g.sort()
	return g
}

// sort puts the models into an order in which each stands after all that it
// depends on, and finds the cycles.
func (g *Graph) sort() {
	const (
		unseen = iota
		open
		done
	)
	state := make([]int, len(g.needs))
	var path []int
	var visit func(i int) bool
	visit = func(i int) bool {
		switch state[i] {
		case done:
			return true
		case open:
			g.cycles = append(g.cycles, slices.Clone(path[slices.Index(path, i):]))
			return false
		}
		state[i] = open
		path = append(path, i)
		good := true
		for _, p := range g.needs[i] {
			good = visit(p) && good
			g.depth[i] = max(g.depth[i], g.depth[p]+1)
		}
		path = path[:len(path)-1]
		state[i] = done
		if good {
			g.order = append(g.order, i)
		}
		return good
	}
	for i := range g.needs {
		visit(i)
	}
	slices.SortStableFunc(g.order, func(a, b int) int { return g.depth[a] - g.depth[b] })
}

// DependenciesOf returns the models whose outputs a model reads, in ascending
// order.
func (g *Graph) DependenciesOf(model int) []int { return g.needs[model] }

// DependentsOf returns the models that read an output of a model, in ascending
// order.
func (g *Graph) DependentsOf(model int) []int { return g.feeds[model] }

// DownstreamOf returns every model that depends on a model, directly or not, in
// ascending order: those to skip if it fails.
func (g *Graph) DownstreamOf(model int) []int {
	seen := make([]bool, len(g.feeds))
	queue := []int{model}
	var all []int
	for len(queue) > 0 {
		for _, d := range g.feeds[queue[0]] {
			if !seen[d] {
				seen[d] = true
				all, queue = append(all, d), append(queue, d)
			}
		}
		queue = queue[1:]
	}
	slices.Sort(all)
	return all
}

// Producer returns the model that writes an output. There is none of [Src].
func (g *Graph) Producer(output string) (model int, ok bool) {
	model, ok = g.producer[output]
	return model, ok && output != Src
}

// Depth returns how many models have to run one after the other before a model
// can: 0 for those that read src only.
func (g *Graph) Depth(model int) int { return g.depth[model] }

// Order returns the models so that each stands after all that it depends on: by
// depth, then by index.
func (g *Graph) Order() []int { return g.order }
