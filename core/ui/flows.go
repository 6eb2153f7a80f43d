package ui

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
)

// oneFlow is a flow as a strip, with what its runs came to.
type oneFlow struct {
	api.Flow
	Path     string
	Triggers []string
	Models   []model
	Outputs  []string
	Targets  []string
	Mode     string
	Counts   api.FlowCounts
	Source   string // its definition, for people
	Runs     []api.Run
	On       bool
}

type model struct {
	Name, Image string
	GPUs        int
	Executor    string
}

func (p *Pages) flowList(r *http.Request) (*page, error) {
	counts, err := p.api.FlowCounts(r.Context())
	if err != nil {
		return nil, err
	}
	var all []*oneFlow
	for _, f := range p.api.Flows() {
		if f.Name != "" {
			if f, err = p.api.Flow(f.ID); err != nil {
				continue // it went this moment
			}
		}
		all = append(all, flowOf(f, counts))
	}
	return &page{Title: "Flows", Tab: "Flows", Data: all, Sections: []string{"flows"}}, nil
}

func (p *Pages) flow(r *http.Request) (*page, error) {
	found, err := p.api.Flow(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	counts, err := p.api.FlowCounts(r.Context())
	if err != nil {
		return nil, err
	}
	one := flowOf(found, counts)
	runs, err := p.api.Runs(r.Context(), api.RunQuery{Flow: found.ID, Paging: api.Paging{Limit: 20}})
	one.Runs = runs.Items
	var source bytes.Buffer
	if json.Indent(&source, found.Definition, "", "  ") == nil {
		one.Source = source.String()
	}
	return &page{Title: named(found.Name, found.Version), Tab: "Flows", Data: one, Sections: []string{"flow"}}, err
}

// flowPath is the address of a flow. Its name may have slashes.
func flowPath(id string) string { return "/ui/flows/" + url.PathEscape(id) }

func flowOf(f api.Flow, counts map[string]api.FlowCounts) *oneFlow {
	one := &oneFlow{Flow: f, Path: flowPath(f.ID), Counts: counts[f.ID], On: f.DisabledSince == nil, Mode: string(flow.Live)}
	decoded, err := flowfile.ReadJSON(f.Definition)
	if err != nil {
		return one // its file holds no flow
	}
	if decoded.Mode != "" {
		one.Mode = string(decoded.Mode)
	}
	for _, t := range decoded.Triggers {
		var tags []string
		for _, tag := range t.Tags {
			tags = append(tags, tag.Tag+" "+strings.Join(tag.Patterns, " and "))
		}
		one.Triggers = append(one.Triggers, strings.Join(tags, ", "))
	}
	for _, m := range decoded.Models {
		one.Models = append(one.Models, model{m.Name, m.Container.Image, m.GPUs, m.Executor})
		for _, out := range m.Outputs {
			if strings.HasPrefix(out.Name, flow.Dst) {
				one.Outputs = append(one.Outputs, out.Name)
			}
		}
	}
	for _, port := range decoded.ReturnToSenderOnPorts {
		one.Targets = append(one.Targets, "the sender, on port "+strconv.Itoa(port))
	}
	for _, to := range decoded.Destinations {
		if to.Name != "" {
			one.Targets = append(one.Targets, to.Name)
			continue
		}
		one.Targets = append(one.Targets, to.AETitle+" at "+net.JoinHostPort(to.Host, strconv.Itoa(to.Port)))
	}
	return one
}
