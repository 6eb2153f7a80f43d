package api

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// neverSeen is the state of a peer that has not asked for an association yet.
const neverSeen = "never seen"

// Peer is what one sender asked for, and whether it got it; or a peer that the
// site names and that has not asked yet.
type Peer struct {
	ID        string     `json:"id"`    // AE title and address, or the name that the site gives it
	State     string     `json:"state"` // "accepted", "rejected" or "never seen"
	Name      string     `json:"name,omitempty"`
	CallingAE string     `json:"calling_ae"` // "" if it did not even ask for an association
	CalledAE  string     `json:"called_ae"`
	Address   string     `json:"address"`
	Reason    string     `json:"reason,omitempty"` // of a rejection, in words
	Count     int64      `json:"count"`            // associations
	First     *time.Time `json:"first,omitempty"`
	Last      *time.Time `json:"last,omitempty"`
	// Accept are the lines of the site's file with which a peer that was rejected is
	// accepted; "": its titles and address are not why.
	Accept string `json:"accept,omitempty"`
	// NotAccepted are the abstract syntaxes that its associations proposed in vain.
	NotAccepted []NotAccepted `json:"not_accepted,omitempty"`
	// Commitment is that it asked for storage commitment.
	Commitment *AskedFor `json:"commitment,omitempty"`
}

// AskedFor is how often a peer asked for something.
type AskedFor struct {
	Count int64      `json:"count"`
	First *time.Time `json:"first,omitempty"`
	Last  *time.Time `json:"last,omitempty"`
}

// NotAccepted is an abstract syntax that a peer proposed in vain.
type NotAccepted struct {
	UID   string     `json:"uid"`
	Count int64      `json:"count"`
	Last  *time.Time `json:"last,omitempty"`
}

// PeerSource tells of peers.
type PeerSource struct {
	Contacts func(context.Context) ([]run.Contact, error) // newest first
	Named    func() []config.Peer                         // those that the site names
	Accept   func(run.Sender) string                      // see [access.AcceptLines]; nil: nothing is said
}

// Peers lists what is known of peers: those that asked last first.
func (s *Server) Peers(ctx context.Context) ([]Peer, error) {
	if s.from.Peers.Contacts == nil {
		return []Peer{}, nil
	}
	contacts, err := s.from.Peers.Contacts(ctx)
	if err != nil {
		return nil, err
	}
	peers := peersOf(contacts, s.from.Peers.Named())
	for i := range peers {
		if p := &peers[i]; p.State == string(run.Rejected) && s.from.Peers.Accept != nil {
			p.Accept = s.from.Peers.Accept(run.Sender{CallingAE: dcm.AETitle(p.CallingAE), CalledAE: dcm.AETitle(p.CalledAE), Address: p.Address})
		}
	}
	return peers, nil
}

// peersOf lists senders, those that asked last first, and then the peers that
// have not asked.
func peersOf(contacts []run.Contact, named []config.Peer) []Peer {
	refused, asked := map[run.Sender][]NotAccepted{}, map[run.Sender]*AskedFor{}
	for _, c := range contacts {
		switch c.Outcome {
		case run.Refused:
			refused[c.Sender] = append(refused[c.Sender], NotAccepted{UID: c.Detail, Count: c.Count, Last: when(c.Last)})
		case run.Asked:
			asked[c.Sender] = &AskedFor{Count: c.Count, First: when(c.First), Last: when(c.Last)}
		}
	}
	peers, seen := []Peer{}, map[string]bool{}
	for _, c := range contacts {
		if c.Outcome == run.Refused || c.Outcome == run.Asked {
			continue
		}
		p := Peer{
			ID: string(c.Sender.CallingAE) + "@" + c.Sender.Address, State: string(c.Outcome), Name: access.NameOf(named, c.Sender),
			CallingAE: string(c.Sender.CallingAE), CalledAE: string(c.Sender.CalledAE), Address: c.Sender.Address,
			Reason: c.Detail, Count: c.Count, First: when(c.First), Last: when(c.Last),
		}
		if c.Outcome == run.Accepted {
			p.NotAccepted, p.Commitment = refused[c.Sender], asked[c.Sender]
		}
		seen[p.Name] = true
		peers = append(peers, p)
	}
	for _, n := range named {
		if !seen[n.Name] {
			peers = append(peers, Peer{ID: n.Name, State: neverSeen, Name: n.Name, CallingAE: string(n.AETitle), Address: access.AddressesOf(n)})
		}
	}
	return peers
}

// Peers returns what is known of peers: those that asked last first.
func (c *Client) Peers(ctx context.Context) (peers []Peer, err error) {
	err = c.get(ctx, "/v1/peers", &peers)
	return peers, err
}
