package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// States of a flow besides its own modes: live, shadow and off.
const (
	FlowDisabled = "disabled" // somebody switched it off
	FlowBroken   = "broken"   // its file holds no flow, and never did since the agent started
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
	Stale         bool            `json:"stale,omitempty"` // its file is broken now, and this is what it held before
	Problems      []string        `json:"problems,omitempty"`
	DisabledSince *time.Time      `json:"disabled_since,omitempty"`
	Definition    json.RawMessage `json:"definition,omitempty"` // of one flow only
}

// Flows is the part of an agent that has flows.
type Flows struct {
	List   func() []Flow
	Show   func(id string) (Flow, error)
	Switch func(ctx context.Context, id string, on bool) (Flow, error)
}

// ConflictError means that what was asked for cannot be done as things stand.
type ConflictError struct{ Message string }

func (e *ConflictError) Error() string { return e.Message }

func (f *Flows) routes(mux *http.ServeMux, s *Server) {
	mux.HandleFunc("GET /v1/flows", s.answer(func(*http.Request) (any, error) { return f.List(), nil }))
	mux.HandleFunc("GET /v1/flows/{id}", s.answer(func(r *http.Request) (any, error) { return f.Show(r.PathValue("id")) }))
	for word, on := range map[string]bool{"enable": true, "disable": false} {
		mux.HandleFunc("POST /v1/flows/{id}/"+word, s.answer(func(r *http.Request) (any, error) {
			return f.Switch(r.Context(), r.PathValue("id"), on)
		}))
	}
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
func (c *Client) SwitchFlow(ctx context.Context, id string, on bool) (f Flow, err error) {
	word := "disable"
	if on {
		word = "enable"
	}
	err = c.do(ctx, http.MethodPost, "/v1/flows/"+url.PathEscape(id)+"/"+word, &f)
	return f, err
}
