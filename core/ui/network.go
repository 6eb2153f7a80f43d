package ui

import (
	"net/http"

	"github.com/raddeploy/raddeploy/core/api"
)

// network is who talks to the agent, and whom it reaches.
type network struct {
	Status       api.Status
	Peers        []api.Peer
	Destinations []api.DestinationState
}

func (p *Pages) network(r *http.Request) (*page, error) {
	peers, err := p.api.Peers(r.Context())
	if err != nil {
		return nil, err
	}
	overview, err := p.api.Overview(r.Context())
	if err != nil {
		return nil, err
	}
	return &page{Title: "Network", Tab: "Network", Sections: []string{"network-peers", "network-destinations", "network-own"},
		Data: &network{p.api.Status(r.Context()), peers, overview.Destinations}}, nil
}

func (p *Pages) audit(r *http.Request) (*page, error) {
	filter := only(r.URL.Query(), "thing", "by", "since")
	since, err := sinceOf(filter.Get("since"))
	if err != nil {
		return nil, err
	}
	found, err := p.api.Journal(r.Context(), api.JournalQuery{
		Thing: filter.Get("thing"), By: filter.Get("by"), Since: since, Paging: api.Paging{Limit: listed, After: r.URL.Query().Get("after")},
	})
	if err != nil {
		return nil, err
	}
	return &page{Title: "Audit", Tab: "Audit", Sections: []string{"audit-filter", "audit"}, Data: &journal{
		found.Items, filter.Get("thing"), filter.Get("by"), filter.Get("since"), next("/ui/audit", filter, found.Next), len(filter) == 0,
	}}, nil
}

// journal is what operators did.
type journal struct {
	Entries          []api.Entry
	Thing, By, Since string
	Next             string
	Plain            bool
}
