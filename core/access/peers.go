package access

import (
	"net/netip"
	"slices"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
)

// Peers decides who may send: anybody, or the peers that the site names.
type Peers struct {
	AETitle       dcm.AETitle
	CheckCalledAE bool // refuse associations that call another AE title
	Peers         []config.Peer
}

// Admit returns nil for an association that is admitted, or the reason of its
// rejection (PS3.8 §9.3.4). A peer that the site denies is rejected though
// another entry names it.
func (p Peers) Admit(request *dimse.AssociateRequest) *dimse.Reject {
	if p.CheckCalledAE && request.CalledAE != p.AETitle {
		return dimse.CalledAENotRecognized()
	}
	address := request.RemoteAddr.Addr().Unmap()
	named, known := false, false
	for _, peer := range p.Peers {
		switch fit := fits(peer, request.CallingAE, address); {
		case peer.Deny && fit:
			return dimse.CallingAENotRecognized()
		case !peer.Deny:
			named, known = true, known || fit
		}
	}
	if named && !known {
		return dimse.CallingAENotRecognized()
	}
	return nil
}

func fits(peer config.Peer, calling dcm.AETitle, address netip.Addr) bool {
	if peer.AETitle != "" && peer.AETitle != calling {
		return false
	}
	return len(peer.Addresses) == 0 || slices.ContainsFunc(peer.Addresses, func(p netip.Prefix) bool { return p.Contains(address) })
}
