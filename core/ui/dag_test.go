package ui

import (
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// A graph is drawn from the left to the right: no node stands on another one, and
// each edge leads from a node to one that stands further to the right.
func TestDrawRun(t *testing.T) {
	in := func(names ...string) (mounts []flow.Mount) {
		for _, name := range names {
			mounts = append(mounts, flow.Mount{Name: name, Path: "/" + name})
		}
		return mounts
	}
	f := &flow.Flow{Name: "f", Models: []flow.Model{
		{Name: "a", Inputs: in("src"), Outputs: in("x")},
		{Name: "b", Inputs: in("x"), Outputs: in("y")},
		{Name: "c", Inputs: in("x"), Outputs: in("z")},
		{Name: "d", Inputs: in("src", "y", "z"), Outputs: in("dst")},
	}, Destinations: []flow.Destination{{Name: "pacs"}}}
	r := &api.Run{State: run.Running, Objects: 3, Tasks: []api.Task{
		{Name: "a", State: run.TaskSucceeded}, {Name: "b", State: run.TaskRunning}, {Name: "c", State: run.TaskPending, Reason: "waits for a free GPU"},
		{Name: "d", State: run.TaskPending},
	}}
	drawn := drawRun(f, r)
	if len(drawn.Nodes) != 6 || len(drawn.Edges) != 7 {
		t.Fatalf("%d nodes and %d edges are drawn, want 6 and 7", len(drawn.Nodes), len(drawn.Edges))
	}
	for i, n := range drawn.Nodes {
		if n.X < 0 || n.Y < 0 || n.X+n.W > drawn.Wide || n.Y+nodeHigh > drawn.High {
			t.Errorf("%s stands outside of the drawing", n.Name)
		}
		for _, other := range drawn.Nodes[i+1:] {
			if n.X == other.X && n.Y < other.Y+nodeHigh && other.Y < n.Y+nodeHigh {
				t.Errorf("%s stands on %s", n.Name, other.Name)
			}
		}
	}
	for _, want := range []struct {
		node  int
		class string
	}{{1, "done"}, {2, "running"}, {3, "waiting"}, {5, "waiting"}} {
		if got := drawn.Nodes[want.node]; got.Class != want.class {
			t.Errorf("%s is drawn %s, want %s", got.Name, got.Class, want.class)
		}
	}
	if drawn.Nodes[3].Below != "waits for a free GPU" {
		t.Errorf("below c stands %q", drawn.Nodes[3].Below)
	}
}
