package ui

import (
	"fmt"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/flow"
)

// dag is a run's graph, drawn: inputs at the left, destinations at the right.
type dag struct {
	Wide, High int
	Label      string // for readers of screens
	Nodes      []dagNode
	Edges      []string // SVG paths
}

type dagNode struct {
	Key, Class, Shape  string
	X, Y, W            int
	Name, Title, Below string
	Since              *time.Time // it runs since then
}

// Sizes of a drawing.
const (
	nodeWide, nodeHigh = 156, 46
	gapWide, gapHigh   = 44, 10
	mostTargets        = 5 // destinations that are drawn each
)

var shapes = map[string]string{"s-done": "●", "s-running": "◐", "s-waiting": "○", "s-held": "▲", "s-failed": "✕", "s-cancelled": "⊘"}

// drawing places nodes in columns.
type drawing struct {
	dag
	columns [][]int // indexes of nodes
	edges   [][2]int
}

func (d *drawing) add(column int, n dagNode) int {
	for len(d.columns) <= column {
		d.columns = append(d.columns, nil)
	}
	n.W, n.Shape = nodeWide, shapes["s-"+n.Class]
	d.Nodes = append(d.Nodes, n)
	d.columns[column] = append(d.columns[column], len(d.Nodes)-1)
	return len(d.Nodes) - 1
}

// drawRun draws a flow with what became of each of its models.
func drawRun(f *flow.Flow, r *api.Run) dag {
	d := &drawing{}
	objects := count(r.Objects, "object")
	source := d.add(0, dagNode{Key: "src", Class: "done", Name: "src", Below: objects, Title: objects + " selected"})
	graph := flow.NewGraph(f)
	nodes, last := make([]int, len(f.Models)), 0
	for i := range f.Models {
		column := graph.Depth(i) + 1
		last = max(last, column)
		nodes[i] = d.add(column, taskNode(f.Models[i], i, r))
	}
	for i, m := range f.Models {
		for _, in := range m.Inputs {
			if in.Name == flow.Src {
				d.edges = append(d.edges, [2]int{source, nodes[i]})
			}
		}
		for _, before := range graph.DependenciesOf(i) {
			d.edges = append(d.edges, [2]int{nodes[before], nodes[i]})
		}
	}
	for _, to := range targetNodes(f, r) {
		end := d.add(last+1, to)
		for i, m := range f.Models {
			for _, out := range m.Outputs {
				if strings.HasPrefix(out.Name, flow.Dst) {
					d.edges = append(d.edges, [2]int{nodes[i], end})
					break
				}
			}
		}
	}
	d.place()
	d.label(f, r)
	return d.dag
}

func taskNode(m flow.Model, i int, r *api.Run) dagNode {
	n := dagNode{Key: fmt.Sprintf("task-%d", i), Class: "waiting", Name: m.Name, Title: m.Name}
	if i >= len(r.Tasks) {
		return n
	}
	t := r.Tasks[i]
	n.Class = strings.TrimPrefix(class(t.State), "s-")
	n.Title = fmt.Sprintf("%s: %s", m.Name, t.State)
	n.Below = t.Reason
	if len(t.Attempts) > 0 {
		last := t.Attempts[len(t.Attempts)-1]
		where := last.Executor
		if len(last.GPUs) > 0 {
			where += " GPU " + strings.Join(last.GPUs, ", ")
		}
		switch {
		case n.Class == "running":
			n.Since, n.Below = last.Started, " · "+where
			if n.Since == nil {
				n.Below = where
			}
		case last.Started != nil && last.Ended != nil && (t.Reason == "" || t.State == "failed"):
			n.Below = took(last.Started, last.Ended) + " · " + where
		}
		n.Title += fmt.Sprintf(", %s on %s", count(len(t.Attempts), "attempt"), where)
	}
	if t.Reason != "" {
		n.Title += ": " + t.Reason
	}
	return n
}

// targetNodes are the destinations: what was made for them, or what they will be.
func targetNodes(f *flow.Flow, r *api.Run) (all []dagNode) {
	for _, d := range r.Deliveries {
		if d.Superseded {
			continue
		}
		n := dagNode{
			Key: fmt.Sprintf("delivery-%d", d.ID), Class: strings.TrimPrefix(class(d.State), "s-"), Name: d.Destination,
			Below: fmt.Sprintf("%d of %d sent", d.Sent, d.Objects), Title: strings.TrimSuffix(fmt.Sprintf("%s: %s: %s", d.Destination, d.State, d.Reason), ": "),
		}
		if n.Class == "waiting" && d.Reason != "" {
			n.Class, n.Below = "held", n.Below+", tried again"
		}
		all = append(all, n)
	}
	if len(all) == 0 {
		for _, port := range f.ReturnToSenderOnPorts {
			all = append(all, dagNode{Name: r.CallingAE, Below: fmt.Sprintf("port %d", port)})
		}
		for _, to := range f.Destinations {
			name := to.Name
			if name == "" {
				name = to.AETitle
			}
			all = append(all, dagNode{Name: name})
		}
		for i := range all {
			all[i].Class, all[i].Title = "waiting", all[i].Name+": nothing is sent yet"
			all[i].Key = fmt.Sprintf("target-%d", i)
		}
	}
	if len(all) > mostTargets {
		worst := all[0]
		for _, one := range all {
			if one.Class != "done" {
				worst = one
			}
		}
		return []dagNode{{Key: "targets", Class: worst.Class, Name: count(len(all), "destination"), Below: "see below", Title: "deliveries"}}
	}
	return all
}

// place gives each node its place and each edge its path.
func (d *drawing) place() {
	tallest := 0
	for _, column := range d.columns {
		tallest = max(tallest, len(column))
	}
	d.High = tallest*(nodeHigh+gapHigh) + gapHigh
	d.Wide = len(d.columns)*(nodeWide+gapWide) - gapWide + 4
	for x, column := range d.columns {
		top := (d.High - len(column)*(nodeHigh+gapHigh) + gapHigh) / 2
		for y, i := range column {
			d.Nodes[i].X, d.Nodes[i].Y = 2+x*(nodeWide+gapWide), top+y*(nodeHigh+gapHigh)
		}
	}
	for _, e := range d.edges {
		a, b := d.Nodes[e[0]], d.Nodes[e[1]]
		x1, y1, x2, y2 := a.X+nodeWide, a.Y+nodeHigh/2, b.X, b.Y+nodeHigh/2
		d.Edges = append(d.Edges, fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, x1+gapWide*2/3, y1, x2-gapWide*2/3, y2, x2, y2))
	}
}

func (d *drawing) label(f *flow.Flow, r *api.Run) {
	var parts []string
	for _, n := range d.Nodes[1:] {
		parts = append(parts, n.Title)
	}
	d.Label = fmt.Sprintf("%s, %s: %s", named(f.Name, f.Version), r.State, strings.Join(parts, "; "))
}
