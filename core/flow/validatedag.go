package flow

import (
	"slices"
	"strings"
)

// graph checks what the mounts of the models say about their order.
func (p *problems) graph(f *Flow) {
	if len(f.Models) == 0 {
		p.add(at("models"), "a flow needs at least one model with an image", "the flow has no models")
		return
	}
	g := NewGraph(f)
	p.inputs(f, g)
	p.outputs(f, g)
	for _, cycle := range g.cycles {
		p.cycle(f, cycle)
	}
}

// isDst reports whether an output is sent.
func isDst(name string) bool { return strings.HasPrefix(name, Dst) }

func (p *problems) inputs(f *Flow, g *Graph) {
	usesSrc := false
	for i, m := range f.Models {
		for _, in := range m.Inputs {
			place := at("models", i, "input_mounts", in.Name)
			if in.Name == Src {
				usesSrc = true
				continue
			}
			if isDst(in.Name) {
				p.atKey(place, "write it to an output of another name as well, and read that", "model %s reads %s: names that begin with %s are outputs only", m.Name, in.Name, Dst)
				continue
			}
			if _, ok := g.Producer(in.Name); !ok {
				p.atKey(place, "add it to the output_mounts of the model that makes it, or correct the name", "model %s reads %s, and no model writes it", m.Name, in.Name)
			}
		}
	}
	if !usesSrc {
		p.add(at("models"), "add src: /input to the input_mounts of a model", "no model reads %s, the objects that were received", Src)
	}
}

func (p *problems) outputs(f *Flow, g *Graph) {
	hasDst := false
	for i, m := range f.Models {
		for _, out := range m.Outputs {
			place := at("models", i, "output_mounts", out.Name)
			hasDst = hasDst || out.Name == Dst
			switch first := g.producer[out.Name]; {
			case out.Name == Src:
				p.atKey(place, "give the output another name", "model %s writes %s, which is what was received and is never written", m.Name, Src)
			case first != i:
				p.atKey(place, "give each output a name of its own", "models %s and %s both write %s", f.Models[first].Name, m.Name, out.Name)
			case !isDst(out.Name) && !isRead(f, out.Name):
				p.atKey(place, "read it in another model, or call it "+Dst+"_"+out.Name+" to send it", "model %s writes %s, and nothing reads it", m.Name, out.Name).Warning = true
			}
		}
	}
	if !hasDst {
		p.add(at("models"), "call the output that is to be sent dst", "no model writes %s", Dst)
	}
}

func isRead(f *Flow, name string) bool {
	return slices.ContainsFunc(f.Models, func(m Model) bool {
		return slices.ContainsFunc(m.Inputs, func(in Mount) bool { return in.Name == name })
	})
}

// cycle names the models in the order of the data and points at the mount that
// closes the circle.
func (p *problems) cycle(f *Flow, cycle []int) {
	first := slices.Index(cycle, slices.Min(cycle))
	var names []string
	// each model of the cycle depends on the next one, so the data goes
	// backwards through it
	for k := range cycle {
		names = append(names, f.Models[cycle[(first-k+len(cycle))%len(cycle)]].Name)
	}
	i := cycle[first]
	source := cycle[(first+1)%len(cycle)]
	place := at("models", i)
	for _, in := range f.Models[i].Inputs {
		if slices.ContainsFunc(f.Models[source].Outputs, func(out Mount) bool { return out.Name == in.Name }) {
			place = at("models", i, "input_mounts", in.Name)
		}
	}
	hint := "remove one of the inputs that close the circle"
	if len(cycle) == 1 {
		p.atKey(place, "remove the input, or give the output another name", "model %s reads what it writes", names[0])
		return
	}
	p.atKey(place, hint, "models wait for each other in a circle: %s → %s", strings.Join(names, " → "), names[0])
}
