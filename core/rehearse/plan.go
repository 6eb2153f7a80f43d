package rehearse

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/fleet"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
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

// executor says which executor of the site would take a model if all were free;
// "": none could, and why.
func (t *Trial) executor(m *flow.Model) (name, reason string) {
	if t.Site == nil {
		return cmp.Or(m.Executor, "any"), ""
	}
	if len(t.Site.Executors) == 0 && m.Executor != "" {
		return m.Executor, "if it is what the agent finds: the site names no executor"
	}
	ask := plan.Ask{Executor: m.Executor, GPUs: m.GPUs}
	offers := offersOf(t.Site)
	best, misfit := plan.FitAny(ask, offers)
	if misfit != nil {
		return "", misfit.Reason
	}
	for i := range offers {
		if plan.Fit(ask, &offers[i]) == best {
			name = offers[i].Instance
			break
		}
	}
	if best == plan.Unknown {
		reason = fmt.Sprintf("if its backend assigns %d GPU to one task", m.GPUs)
	}
	return name, reason
}

// offersOf is what the executors of a site could take. Of a site that names none it is
// what the agent finds: a runtime of this host, whose GPUs are those that the site names.
func offersOf(site *config.Site) (offers []plan.Executor) {
	executors := site.Executors
	if len(executors) == 0 {
		executors = []config.Executor{{Plugin: "docker", Instance: "the one that the agent finds", CPUs: site.CPUs, GPUs: site.GPUs}}
	}
	for _, e := range executors {
		offers = append(offers, fleet.OfferOf(e))
	}
	return offers
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
	d, ok := t.Site.Destinations.Named(name)
	if !ok {
		return Destination{Name: name, Reason: "the site has no destination of that name"}
	}
	return Destination{Name: name, Node: node(string(d.AETitle), d.Host, d.Port)}
}

func node(title, host string, port int) string { return fmt.Sprintf("%s@%s:%d", title, host, port) }
