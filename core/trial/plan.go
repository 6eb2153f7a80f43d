package trial

import (
	"fmt"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/flow"
)

// Plan is what a run of a flow would be.
type Plan struct {
	Stages       [][]Step // each stage reads what the stages before it wrote
	Destinations []Destination
}

// Step is one model.
type Step struct {
	Model   string   `json:"model"`
	Image   string   `json:"image"`
	Inputs  []string `json:"inputs"`
	Outputs []string `json:"outputs"`
	GPUs    int      `json:"gpu,omitempty"`
	// Executor is the one that would take it if all were free, or "any" where
	// no site is known. "" if none ever could, for Reason.
	Executor string `json:"executor"`
	Reason   string `json:"reason,omitempty"`
}

// Destination is where results would go.
type Destination struct {
	Name   string `json:"name,omitempty"`
	Node   string `json:"node"`             // AE@host:port
	Reason string `json:"reason,omitempty"` // why nothing would go there
}

// Impossible reports whether some model could never run.
func (p *Plan) Impossible() bool {
	return slices.ContainsFunc(p.Stages, func(stage []Step) bool {
		return slices.ContainsFunc(stage, func(s Step) bool { return s.Executor == "" })
	})
}

// PlanOf returns the plan of a flow at a site; nil: of no particular site.
func PlanOf(f *flow.Flow, site *config.Site) Plan {
	t := Trial{Site: site}
	return t.plan(f)
}

func (t *Trial) plan(f *flow.Flow) Plan {
	var p Plan
	graph := flow.NewGraph(f)
	for _, i := range graph.Order() {
		if depth := graph.Depth(i); depth == len(p.Stages) {
			p.Stages = append(p.Stages, nil)
		}
		step := Step{Model: f.Models[i].Name, Image: f.Models[i].Container.Image, GPUs: f.Models[i].GPUs}
		for _, m := range f.Models[i].Inputs {
			step.Inputs = append(step.Inputs, m.Name)
		}
		for _, m := range f.Models[i].Outputs {
			step.Outputs = append(step.Outputs, m.Name)
		}
		step.Executor, step.Reason = t.executor(&f.Models[i])
		p.Stages[len(p.Stages)-1] = append(p.Stages[len(p.Stages)-1], step)
	}
	p.Destinations = t.destinations(f)
	return p
}

// executor says which executor of the site would take a model, if all were
// free: the first that could run it.
func (t *Trial) executor(m *flow.Model) (name, reason string) {
	if t.Site == nil {
		return choose(m.Executor != "", m.Executor, "any"), ""
	}
	executors, names := t.Site.Executors, []string{}
	if len(executors) == 0 {
		executors = []config.Executor{{Instance: "the one that the agent finds", CPUs: t.Site.CPUs, GPUs: t.Site.GPUs}}
		if m.Executor != "" {
			return m.Executor, "if it is what the agent finds: the site names no executor"
		}
	}
	for _, e := range executors {
		names = append(names, e.Instance)
		if (m.Executor == "" || m.Executor == e.Instance) && (m.GPUs == 0 && e.CPUs > 0 || m.GPUs > 0 && len(e.GPUs) >= m.GPUs) {
			return e.Instance, ""
		}
	}
	for _, e := range executors {
		if (m.Executor == "" || m.Executor == e.Instance) && m.GPUs > 0 && e.CPUs > 0 && e.MayBeCluster() && e.Plugin != "" {
			return e.Instance, fmt.Sprintf("if its backend assigns %d GPU to one task", m.GPUs)
		}
	}
	switch {
	case m.Executor != "" && !slices.Contains(names, m.Executor):
		return "", fmt.Sprintf("executor %q is not one of this site's (%s)", m.Executor, strings.Join(names, ", "))
	case m.GPUs > 0:
		return "", fmt.Sprintf("it wants %d GPU and no executor of this site that may run it has as many", m.GPUs)
	}
	return "", "no executor of this site takes CPU tasks"
}

func (t *Trial) destinations(f *flow.Flow) []Destination {
	destinations := []Destination{}
	for _, port := range f.ReturnToSenderOnPorts {
		to := Destination{Name: "the sender", Node: fmt.Sprintf("on port %d", port)}
		if t.Sender.CallingAET != "" && t.Sender.Address != "" {
			to.Node = node(t.Sender.CallingAET, t.Sender.Address, port)
		}
		destinations = append(destinations, to)
	}
	for _, d := range f.Destinations {
		switch {
		case d.Name == "":
			destinations = append(destinations, Destination{Node: node(d.AETitle, d.Host, d.Port)})
		case t.Site == nil:
			destinations = append(destinations, Destination{Name: d.Name, Node: "as the site names it"})
		default:
			destinations = append(destinations, t.named(d.Name))
		}
	}
	if f.Mode == flow.Shadow {
		for i := range destinations {
			destinations[i].Reason = "the flow's mode is shadow"
		}
	}
	return destinations
}

func (t *Trial) named(name string) Destination {
	for _, d := range t.Site.Destinations {
		if d.Name == name {
			return Destination{Name: name, Node: node(string(d.AETitle), d.Host, d.Port)}
		}
	}
	return Destination{Name: name, Reason: "the site has no destination of that name"}
}

func node(title, host string, port int) string { return fmt.Sprintf("%s@%s:%d", title, host, port) }

func choose(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}
