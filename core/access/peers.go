package access

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
)

// Peers decides who may send to a listener: anybody, or the peers that the site
// names.
type Peers struct {
	AETitle  dcm.AETitle // ours
	Listener config.Listener
	Peers    []config.Peer
	// Reporting are the AE titles of the destinations that report storage commitment
	// to us.
	Reporting []dcm.AETitle
}

// Admit returns nil for an association that is admitted, or the reason of its
// rejection (PS3.8 §9.3.4), with what would have to be changed in words. A peer
// that the site denies is rejected though another entry names it.
func (p Peers) Admit(request *dimse.AssociateRequest) *dimse.Reject {
	if titles := p.called(); len(titles) > 0 && !slices.Contains(titles, request.CalledAE) {
		return dimse.CalledAENotRecognized().Because("%s was called, and this listener is %s", orNothing(request.CalledAE), list(titles))
	}
	address := request.RemoteAddr.Addr().Unmap()
	if denied, ok := p.find(true, request.CallingAE, address); ok {
		return dimse.CallingAENotRecognized().Because("peer %s is denied", denied.Name)
	}
	if !p.named() {
		return nil
	}
	known, ok := p.find(false, request.CallingAE, address)
	if !ok {
		return dimse.CallingAENotRecognized().Because("%s", p.unknown(request.CallingAE, address))
	}
	if titles := known.CalledAETitles; len(titles) > 0 && !slices.Contains(titles, request.CalledAE) {
		return dimse.CalledAENotRecognized().Because("%s was called, and peer %s may call %s", orNothing(request.CalledAE), known.Name, list(titles))
	}
	return nil
}

// Stranger reports whether no association from an address can be admitted.
func (p Peers) Stranger(address netip.Addr) bool {
	return p.named() && !slices.ContainsFunc(p.Peers, func(peer config.Peer) bool { return !peer.Deny && isAt(peer, address) })
}

// Share is how many associations the peer of an admitted one may have at once; 0:
// as many as the site.
func (p Peers) Share(request *dimse.AssociateRequest) (name string, most int) {
	known, _ := p.find(false, request.CallingAE, request.RemoteAddr.Addr().Unmap())
	return known.Name, known.MaxAssociations
}

// Service says in which roles a peer may use a service. It may ask for storage
// commitment if the site says so of it by name. What was asked for is reported by a
// peer that is called like the destination, or that may ask, too.
func (p Peers) Service(request *dimse.AssociateRequest, sopClass dcm.UID) dimse.Roles {
	if sopClass != dcm.StorageCommitment {
		return dimse.Roles{}
	}
	known, _ := p.find(false, request.CallingAE, request.RemoteAddr.Addr().Unmap())
	asks := known.Commitment != nil
	return dimse.Roles{User: asks, Provider: len(p.Reporting) > 0 && (asks || slices.Contains(p.Reporting, request.CallingAE))}
}

// SenderOf is who requests an association. An IPv4 address is the same one however
// it came.
func SenderOf(calling, called dcm.AETitle, from netip.AddrPort) run.Sender {
	return run.Sender{CallingAE: calling, CalledAE: called, Address: from.Addr().Unmap().String()}
}

// NameOf returns the name that a site gives a sender; "": none.
func NameOf(peers []config.Peer, sender run.Sender) string {
	address, err := netip.ParseAddr(sender.Address)
	if err != nil {
		return ""
	}
	known, _ := Peers{Peers: peers}.find(false, sender.CallingAE, address)
	return known.Name
}

// AddressesOf are the addresses that a peer may have, for people; "": any.
func AddressesOf(peer config.Peer) string { return list(peer.Addresses) }

// called are the AE titles that may be called; none: any.
func (p Peers) called() []dcm.AETitle {
	titles := p.Listener.CalledAETitles
	if p.Listener.CheckCalledAE && !slices.Contains(titles, p.AETitle) {
		titles = append(slices.Clone(titles), p.AETitle)
	}
	return titles
}

// named reports whether the site names peers, and admits only those.
func (p Peers) named() bool {
	return slices.ContainsFunc(p.Peers, func(peer config.Peer) bool { return !peer.Deny })
}

// find returns the first entry, of those that deny or of those that admit, for a
// title and an address.
func (p Peers) find(deny bool, calling dcm.AETitle, address netip.Addr) (config.Peer, bool) {
	i := slices.IndexFunc(p.Peers, func(peer config.Peer) bool {
		return peer.Deny == deny && isCalled(peer, calling) && isAt(peer, address)
	})
	if i < 0 {
		return config.Peer{}, false
	}
	return p.Peers[i], true
}

func isCalled(peer config.Peer, calling dcm.AETitle) bool {
	return peer.AETitle == "" || peer.AETitle == calling
}

func isAt(peer config.Peer, address netip.Addr) bool {
	return len(peer.Addresses) == 0 || slices.ContainsFunc(peer.Addresses, func(p netip.Prefix) bool { return p.Contains(address.WithZone("")) })
}

// unknown says what is wrong with a title and an address, by the peer that comes
// nearest to them.
func (p Peers) unknown(calling dcm.AETitle, address netip.Addr) string {
	var at *config.Peer
	for i := range p.Peers {
		switch peer := &p.Peers[i]; {
		case peer.Deny:
		case peer.AETitle == calling:
			return fmt.Sprintf("%s came from %s, and peer %s is at %s", orNothing(calling), address, peer.Name, list(peer.Addresses))
		case at == nil && isAt(*peer, address):
			at = peer
		}
	}
	if at != nil {
		return fmt.Sprintf("%s came from %s, where peer %s is called %s", orNothing(calling), address, at.Name, at.AETitle)
	}
	return fmt.Sprintf("no peer of the site is called %s or is at %s", orNothing(calling), address)
}

// orNothing is an AE title as a sentence has it.
func orNothing(title dcm.AETitle) string {
	if title == "" {
		return "an empty AE title"
	}
	return string(title)
}

func list[T any](all []T) string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = strings.TrimSuffix(strings.TrimSuffix(fmt.Sprint(one), "/32"), "/128")
	}
	return strings.Join(texts, ", ")
}
