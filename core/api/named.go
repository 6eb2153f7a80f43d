package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/fleet"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowset"
	"github.com/raddeploy/raddeploy/core/run"
)

// NamedQuery says which of the things are wanted that the site names: flows,
// executors, peers, destinations. Zero fields do not matter. Their lists are short,
// so a part of one is shown only to who sets Limit, and they have an order of their
// own.
type NamedQuery struct {
	States []string
	Name   string // of a flow also NAME@VERSION, of a peer also its calling AE title
	Limit  int    // 0: all
	After  string // Next of the page before; "": the beginning
}

// The states of what is named.
var (
	flowStates = []string{string(flow.Live), string(flow.Shadow), string(flow.Off), string(flowset.Disabled), string(flowset.Broken)}
	execStates = []string{string(fleet.Healthy), string(fleet.Unhealthy), string(fleet.Undetected), string(fleet.Starting), string(fleet.Draining)}
	peerStates = []string{string(run.Accepted), string(run.Rejected), neverSeen}
	destStates = []string{up, sending, waiting, down, uncommitted, idle}
)

// listing says what a list of named things shows, and how it is filtered.
type listing[T any] struct {
	states []string
	all    func(context.Context) ([]T, error)
	state  func(T) string
	names  func(T) []string // the first one is its id
}

// named makes a handler of a list of things that the site names.
func named[T any](s *Server, l listing[T]) http.HandlerFunc {
	return list(s, func(v *values) NamedQuery {
		return NamedQuery{States: states(v, l.states), Name: v.text("name"), Limit: v.limit(), After: v.text("after")}
	}, l.page)
}

func (l listing[T]) page(ctx context.Context, q NamedQuery) (Page[T], error) {
	all, err := l.all(ctx)
	if err != nil {
		return Page[T]{}, err
	}
	all = slices.DeleteFunc(all, func(one T) bool {
		return len(q.States) > 0 && !slices.Contains(q.States, l.state(one)) || q.Name != "" && !slices.Contains(l.names(one), q.Name)
	})
	all = all[l.begin(all, q.After):]
	if q.Limit == 0 || len(all) <= q.Limit {
		return Page[T]{Items: all}, nil
	}
	all = all[:q.Limit]
	shown := q.Limit
	if n, _, ok := strings.Cut(q.After, "-"); ok {
		before, _ := strconv.Atoi(n)
		shown += before
	}
	return Page[T]{Items: all, Next: strconv.Itoa(shown) + "-" + url.QueryEscape(l.names(all[len(all)-1])[0])}, nil
}

// begin is where a page begins: behind what the page before ended with, wherever
// that is now; if it is gone, behind as many as were shown.
func (l listing[T]) begin(all []T, after string) int {
	if after == "" {
		return 0
	}
	n, id, _ := strings.Cut(after, "-")
	shown, _ := strconv.Atoi(n)
	is := func(i int) bool { return url.QueryEscape(l.names(all[i])[0]) == id }
	if shown > 0 && shown <= len(all) && is(shown-1) {
		return shown // also where several have this id
	}
	for i := range all {
		if is(i) {
			return i + 1
		}
	}
	return min(max(shown, 0), len(all))
}

func (s *Server) flowListing() listing[Flow] {
	return listing[Flow]{
		states: flowStates, all: func(context.Context) ([]Flow, error) { return s.Flows(), nil },
		state: func(f Flow) string { return f.State }, names: func(f Flow) []string { return []string{f.ID, f.Name} },
	}
}

func (s *Server) executorListing() listing[Executor] {
	return listing[Executor]{
		states: execStates, all: func(context.Context) ([]Executor, error) { return s.Executors(), nil },
		state: func(e Executor) string { return e.State }, names: func(e Executor) []string { return []string{e.ID} },
	}
}

func (s *Server) peerListing() listing[Peer] {
	return listing[Peer]{
		states: peerStates, all: s.Peers,
		state: func(p Peer) string { return p.State }, names: func(p Peer) []string { return []string{p.ID, p.Name, p.CallingAE} },
	}
}

func (s *Server) destinationListing() listing[DestinationState] {
	return listing[DestinationState]{
		states: destStates, all: s.Destinations,
		state: func(d DestinationState) string { return d.State }, names: func(d DestinationState) []string { return []string{d.ID} },
	}
}

// Destinations lists the destinations that the site names, and others that something
// was sent to lately, with how it stands with each.
func (s *Server) Destinations(ctx context.Context) ([]DestinationState, error) {
	targets, err := s.from.DB.Targets(ctx)
	if err != nil {
		return nil, err
	}
	return destinationStates(targets, s.named()), nil
}

// Destinations lists the destinations that the agent's site names, and others that
// something was sent to lately.
func (c *Client) Destinations(ctx context.Context) (all []DestinationState, err error) {
	err = c.get(ctx, "/v1/destinations", &all)
	return all, err
}
