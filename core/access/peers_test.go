package access

import (
	"net/netip"
	"testing"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
)

func TestAdmit(t *testing.T) {
	network := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}
	scanner := config.Peer{AETitle: "CT1", Addresses: network}
	for _, test := range []struct {
		name            string
		peers           Peers
		calling, called dcm.AETitle
		from            string
		want            *dimse.Reject
	}{
		{"anybody, where no peer is named", Peers{AETitle: "RAD"}, "X", "OTHER", "10.9.9.9", nil},
		{"another called AE title", Peers{AETitle: "RAD", CheckCalledAE: true}, "X", "OTHER", "10.9.9.9", dimse.CalledAENotRecognized()},
		{"the called AE title", Peers{AETitle: "RAD", CheckCalledAE: true}, "X", "RAD", "10.9.9.9", nil},
		{"a named peer", Peers{Peers: []config.Peer{scanner}}, "CT1", "RAD", "10.1.2.3", nil},
		{"its IPv4 address in IPv6", Peers{Peers: []config.Peer{scanner}}, "CT1", "RAD", "::ffff:10.1.2.3", nil},
		{"its title from another address", Peers{Peers: []config.Peer{scanner}}, "CT1", "RAD", "10.2.2.3", dimse.CallingAENotRecognized()},
		{"another title from its address", Peers{Peers: []config.Peer{scanner}}, "CT2", "RAD", "10.1.2.3", dimse.CallingAENotRecognized()},
		{"a peer of any address", Peers{Peers: []config.Peer{{AETitle: "CT1"}}}, "CT1", "RAD", "10.2.2.3", nil},
		{"a denied peer, where others are anybody", Peers{Peers: []config.Peer{{AETitle: "BAD", Deny: true}}}, "BAD", "RAD", "10.1.2.3", dimse.CallingAENotRecognized()},
		{"others beside a denied peer", Peers{Peers: []config.Peer{{AETitle: "BAD", Deny: true}}}, "X", "RAD", "10.1.2.3", nil},
		{"denied by title, named by address", Peers{Peers: []config.Peer{{Addresses: network}, {AETitle: "BAD", Deny: true}}}, "BAD", "RAD", "10.1.2.3", dimse.CallingAENotRecognized()},
	} {
		t.Run(test.name, func(t *testing.T) {
			request := &dimse.AssociateRequest{CallingAE: test.calling, CalledAE: test.called,
				RemoteAddr: netip.AddrPortFrom(netip.MustParseAddr(test.from), 4242)}
			got := test.peers.Admit(request)
			if (got == nil) != (test.want == nil) || got != nil && *got != *test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
