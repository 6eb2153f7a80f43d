package ui

import (
	"net/http"

	"github.com/raddeploy/raddeploy/core/api"
)

// newestMessages is how many messages the page lists.
const newestMessages = 20

// network is who talks to the agent, whom it reaches, and whom it tells.
type network struct {
	Status       api.Status
	Peers        []api.Peer
	Destinations []api.DestinationState
	Told         []api.NotifyBlock
	Messages     []api.Notification // the newest
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
	blocks, err := p.api.NotifyBlocks(r.Context())
	if err != nil {
		return nil, err
	}
	messages, err := p.api.Notifications(r.Context(), newestMessages)
	if err != nil {
		return nil, err
	}
	return &page{Title: "Network", Tab: "Network", Sections: []string{"network-peers", "network-destinations", "network-told", "network-messages", "network-own"},
		Data: &network{p.api.Status(r.Context()), peers, overview.Destinations, blocks, messages}}, nil
}
