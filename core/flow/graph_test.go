package flow

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// chain makes models of "name: input input > output output".
func models(specs ...[3][]string) []Model {
	var all []Model
	for _, s := range specs {
		m := Model{Name: s[0][0], Timeout: 1, ConfigDumpFolder: "/config", Container: Container{Image: "busybox"}}
		for _, in := range s[1] {
			m.Inputs = append(m.Inputs, Mount{in, "/" + in})
		}
		for _, out := range s[2] {
			m.Outputs = append(m.Outputs, Mount{out, "/out_" + out})
		}
		all = append(all, m)
	}
	return all
}

func model(name string, in, out []string) [3][]string { return [3][]string{{name}, in, out} }

func valid(m []Model) *Flow {
	return &Flow{Name: "f", Exclude: ExcludeFlow, Mode: Live, Models: m}
}

func TestGraphOfDiamond(t *testing.T) {
	f := valid(models(
		model("join", []string{"a", "b"}, []string{"dst"}),
		model("left", []string{"root"}, []string{"a"}),
		model("right", []string{"root", "src"}, []string{"b"}),
		model("root", []string{"src"}, []string{"root"}),
		model("alone", []string{"src"}, []string{"dst_log"}),
	))
	if p := Validate(f); len(p) > 0 {
		t.Fatalf("a valid flow has problems: %v", p)
	}
	g := NewGraph(f)
	if diff := cmp.Diff([]int{3, 4, 1, 2, 0}, g.Order()); diff != "" {
		t.Errorf("order: %s", diff)
	}
	for i, want := range [][]int{{1, 2}, {3}, {3}, nil, nil} {
		if diff := cmp.Diff(want, g.DependenciesOf(i)); diff != "" {
			t.Errorf("dependencies of %d: %s", i, diff)
		}
	}
	for i, want := range []int{2, 1, 1, 0, 0} {
		if got := g.Depth(i); got != want {
			t.Errorf("depth of %d = %d, want %d", i, got, want)
		}
	}
	if diff := cmp.Diff([]int{0, 1, 2}, g.DownstreamOf(3)); diff != "" {
		t.Errorf("downstream of root: %s", diff)
	}
	if p, ok := g.Producer("b"); !ok || p != 2 {
		t.Errorf("producer of b = %d, %t", p, ok)
	}
}
