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
		{"another called AE title", Peers{AETitle: "RAD", Listener: config.Listener{CheckCalledAE: true}}, "X", "OTHER", "10.9.9.9", dimse.CalledAENotRecognized()},
		{"the called AE title", Peers{AETitle: "RAD", Listener: config.Listener{CheckCalledAE: true}}, "X", "RAD", "10.9.9.9", nil},
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
			if (got == nil) != (test.want == nil) || got != nil && *got != *test.want.Because("%s", got.Why) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// Storage commitment is for peers that the site says so of, and its reports for
// destinations that were asked.
func TestWhoMayUseStorageCommitment(t *testing.T) {
	asks := config.Peer{AETitle: "CT1", Commitment: &config.Commitment{}}
	for _, test := range []struct {
		name    string
		peers   Peers
		calling dcm.AETitle
		want    dimse.Roles
	}{
		{"anybody", Peers{}, "X", dimse.Roles{}},
		{"a peer that may ask", Peers{Peers: []config.Peer{asks}}, "CT1", dimse.Roles{User: true}},
		{"another peer", Peers{Peers: []config.Peer{asks}}, "CT2", dimse.Roles{}},
		{"a destination that was asked", Peers{Reporting: []dcm.AETitle{"PACS"}}, "PACS", dimse.Roles{Provider: true}},
		{"anybody, where a destination was asked", Peers{Reporting: []dcm.AETitle{"PACS"}}, "X", dimse.Roles{}},
		{"a peer that may ask, where a destination was asked", Peers{Peers: []config.Peer{asks}, Reporting: []dcm.AETitle{"PACS"}}, "CT1", dimse.Roles{User: true, Provider: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			request := &dimse.AssociateRequest{CallingAE: test.calling, RemoteAddr: netip.MustParseAddrPort("10.1.2.3:4242")}
			if got := test.peers.Service(request, dcm.StorageCommitment); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if got := test.peers.Service(request, "1.2.840.10008.5.1.1.9"); got != (dimse.Roles{}) {
				t.Errorf("another service: %+v", got)
			}
		})
	}
}

// A rejection says what would have to be changed: the title or the address of
// which peer, or what was called instead of what.
func TestRejectionsSayWhatToChange(t *testing.T) {
	at := func(prefix string) []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(prefix)} }
	site := []config.Peer{
		{Name: "scanner", AETitle: "CT1", Addresses: at("10.1.0.0/16")},
		{Name: "console", AETitle: "AW", Addresses: at("10.9.0.7/32"), CalledAETitles: []dcm.AETitle{"SEG", "RAD"}},
		{Name: "bad", AETitle: "BAD", Deny: true},
	}
	ours := config.Listener{CheckCalledAE: true, CalledAETitles: []dcm.AETitle{"SEG"}}
	for _, test := range []struct {
		name                  string
		listener              config.Listener
		calling, called, from string
		want                  string // "": it is admitted
	}{
		{"a peer", config.Listener{}, "CT1", "X", "10.1.2.3", ""},
		{"another address", config.Listener{}, "CT1", "X", "10.2.2.3", "CT1 came from 10.2.2.3, and peer scanner is at 10.1.0.0/16"},
		{"another title", config.Listener{}, "CT2", "X", "10.9.0.7", "CT2 came from 10.9.0.7, where peer console is called AW"},
		{"nobody", config.Listener{}, "CT2", "X", "192.168.0.1", "no peer of the site is called CT2 or is at 192.168.0.1"},
		{"no title", config.Listener{}, "", "X", "192.168.0.1", "no peer of the site is called an empty AE title or is at 192.168.0.1"},
		{"denied", config.Listener{}, "BAD", "X", "10.1.2.3", "peer bad is denied"},
		{"called one of ours", ours, "CT1", "SEG", "10.1.2.3", ""},
		{"called the site's title", ours, "CT1", "RAD", "10.1.2.3", ""},
		{"called another", ours, "CT1", "OTHER", "10.1.2.3", "OTHER was called, and this listener is SEG, RAD"},
		{"called only those of the listener", config.Listener{CalledAETitles: []dcm.AETitle{"SEG"}}, "CT1", "RAD", "10.1.2.3", "RAD was called, and this listener is SEG"},
		{"called what it may", config.Listener{}, "AW", "SEG", "10.9.0.7", ""},
		{"called what others may", config.Listener{}, "AW", "X", "10.9.0.7", "X was called, and peer console may call SEG, RAD"},
	} {
		t.Run(test.name, func(t *testing.T) {
			peers := Peers{AETitle: "RAD", Listener: test.listener, Peers: site}
			got := peers.Admit(&dimse.AssociateRequest{CallingAE: dcm.AETitle(test.calling), CalledAE: dcm.AETitle(test.called),
				RemoteAddr: netip.AddrPortFrom(netip.MustParseAddr(test.from), 4242)})
			if (got == nil) != (test.want == "") || got != nil && got.Why != test.want {
				t.Errorf("got %v, want %q", got, test.want)
			}
		})
	}
}

func TestStrangers(t *testing.T) {
	network := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}
	for _, test := range []struct {
		name  string
		peers []config.Peer
		from  string
		want  bool
	}{
		{"no peer is named", nil, "10.9.9.9", false},
		{"an address of a peer", []config.Peer{{AETitle: "CT1", Addresses: network}}, "10.1.2.3", false},
		{"another", []config.Peer{{AETitle: "CT1", Addresses: network}}, "10.9.9.9", true},
		{"a peer may be anywhere", []config.Peer{{AETitle: "CT1"}}, "10.9.9.9", false},
		{"others are denied alone", []config.Peer{{Addresses: network, Deny: true}}, "10.9.9.9", false},
	} {
		if got := (Peers{Peers: test.peers}).Stranger(netip.MustParseAddr(test.from)); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
