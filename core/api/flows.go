package api

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/flowset"
	"github.com/raddeploy/raddeploy/core/run"
)

// Flow is a flow of the site.
type Flow struct {
	ID            string          `json:"id"` // name@version; the file's path for one that holds no flow
	State         string          `json:"state"`
	Name          string          `json:"name,omitempty"`
	Version       string          `json:"version,omitempty"`
	Priority      int             `json:"priority"`
	Owner         string          `json:"owner,omitempty"`
	Models        []string        `json:"models,omitempty"`
	File          string          `json:"file"`
	Digest        string          `json:"digest,omitempty"`
	Stale         bool            `json:"stale,omitempty"`        // its file is broken now, and this is what it held before
	OnlyByHand    bool            `json:"only_by_hand,omitempty"` // it has no triggers: no arrival starts it
	Problems      []string        `json:"problems,omitempty"`
	DisabledSince *time.Time      `json:"disabled_since,omitempty"`
	Definition    json.RawMessage `json:"definition,omitempty"` // of one flow only, as that of a run
	Source        string          `json:"source,omitempty"`     // of one flow only: its text in its file, which it had before if it is stale
}

// Flows are the flows of a site; [flowset.Set] is one.
type Flows interface {
	List() []flowset.Flow
	Names() []string
	Errors() []string // in their files, a line each
	Show(name string) (flowset.Flow, error)
	Switch(ctx context.Context, name string, on bool, by run.Actor) (flowset.Flow, error)
}

// Flows lists the flows of the site, and the files that should hold one and do
// not.
func (s *Server) Flows() []Flow { return convert(s.from.Flows.List(), flowOf) }

// Flow returns the flow with an identity, or with a name that only it has, with
// its definition.
func (s *Server) Flow(id string) (Flow, error) { return whole(s.from.Flows.Show(id)) }

// whole is a flow with its definition and its text.
func whole(f flowset.Flow, err error) (Flow, error) {
	if err != nil {
		return Flow{}, err
	}
	shown := flowOf(f)
	if f.Loaded != nil {
		shown.Definition, shown.Source = flowfile.WriteJSON(f.Flow), f.Loaded.Source()
	}
	return shown, nil
}

func flowOf(f flowset.Flow) Flow {
	if f.Loaded == nil {
		return Flow{ID: f.Path, State: string(f.State), File: f.Path, Problems: f.Problems}
	}
	id := f.Flow.ID()
	shown := Flow{
		ID: id.String(), State: string(f.State), Name: id.Name, Version: id.Version, Priority: f.Flow.Priority, Owner: f.Flow.Owner,
		File: f.Path, Digest: f.Digest, Stale: f.Stale, OnlyByHand: f.Flow.OnlyByHand(), Problems: f.Problems,
		Models: convert(f.Flow.Models, func(m flow.Model) string { return m.Name }),
	}
	if !f.DisabledSince.IsZero() {
		shown.DisabledSince = &f.DisabledSince
	}
	return shown
}

// Flows lists the agent's flows, and the files that should hold one and do not.
func (c *Client) Flows(ctx context.Context) (all []Flow, err error) {
	err = c.get(ctx, "/v1/flows", &all)
	return all, err
}

// Flow returns the flow with an identity, or with a name that only it has.
func (c *Client) Flow(ctx context.Context, id string) (f Flow, err error) {
	err = c.get(ctx, "/v1/flows/"+url.PathEscape(id), &f)
	return f, err
}

// SwitchFlow has a flow take part, or not, from the next arrival on.
func (c *Client) SwitchFlow(ctx context.Context, id string, on bool, order Order) (f Flow, err error) {
	word := "disable"
	if on {
		word = "enable"
	}
	err = c.act(ctx, "/v1/flows/"+url.PathEscape(id)+"/"+word, order, &f)
	return f, err
}
