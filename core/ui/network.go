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
