package access

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
)

// The lines that are shown for a sender that was rejected have it accepted, and
// nobody else, whatever its title is.
func TestAcceptLines(t *testing.T) {
	const peer = "peer \"ct1\" {\n ae_title = \"CT1\"\n addresses = [\"10.0.0.1\"]\n}\n"
	for _, test := range []struct {
		name, dicom     string
		calling, called string
		address         string
		want            string
		by              bool // the lines are put into the block dicom, and it is accepted
	}{
		{"everybody may", "", "CT2", "RADDEPLOY", "10.0.0.2", "", false},
		{"a new title", peer, "CT2", "X", "10.0.0.2", "peer \"ct2\" {", true},
		{"a new address of a known title", peer, "CT1", "X", "10.0.0.9", "peer \"ct1-2\" {", true},
		{"an IPv6 address", peer, "CT2", "X", "2001:db8::1", "2001:db8::1", true},
		{"a title that is HCL", peer, "A${env(\"B\")}", "X", "10.0.0.2", "$${env(", true},
		{"a title that is a template", peer, "%{ if true }", "X", "10.0.0.2", "%%{", true},
		{"a title with quotes", peer, "A\" }#", "X", "10.0.0.2", "\\\"", true},
		{"a called title", "check_called_ae = true\nae_title = \"RD\"", "CT1", "OLD", "10.0.0.1", "called_ae_titles = [\"RD\", \"OLD\"]", true},
		{"a called title that the listener has not", "called_ae_titles = [\"A\", \"B\"]", "CT1", "C", "10.0.0.1", "[\"A\", \"B\", \"C\"]", false},
		{"one that is denied", peer + "peer \"bad\" {\n ae_title = \"BAD\"\n deny = true\n}", "BAD", "X", "10.0.0.2", "peer \"bad\" is denied", false},
		{"one that is accepted by now", peer, "CT1", "X", "10.0.0.1", "", false},
		{"no title", peer, "", "X", "10.0.0.2", "", false},
		{"no address", peer, "CT2", "X", "", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			site := siteOf(t, test.dicom)
			sender := run.Sender{CallingAE: dcm.AETitle(test.calling), CalledAE: dcm.AETitle(test.called), Address: test.address}
			lines := AcceptLines(&site.DICOM, sender)
			if !strings.Contains(lines, test.want) || test.want == "" && lines != "" {
				t.Fatalf("%s, want %q", lines, test.want)
			}
			if !test.by {
				return
			}
			d := siteOf(t, test.dicom+"\n"+lines).DICOM
			request := &dimse.AssociateRequest{CallingAE: sender.CallingAE, CalledAE: sender.CalledAE, RemoteAddr: netip.AddrPortFrom(netip.MustParseAddr(test.address), 1)}
			p := Peers{AETitle: d.AETitle, Listener: d.Listener, Peers: d.Peers}
			if reject := p.Admit(request); reject != nil {
				t.Errorf("with these lines it is rejected: %v\n%s", reject, lines)
			}
			request.CallingAE = "STRANGER"
			if p.named() && p.Admit(request) == nil {
				t.Errorf("with these lines a stranger is accepted:\n%s", lines)
			}
		})
	}
}

func siteOf(t *testing.T, dicom string) *config.Site {
	t.Helper()
	site, diagnostics := config.Parse("/s/site.hcl", []byte("dicom {\n"+dicom+"\n}\n"), nil)
	if err := diagnostics.Err(); err != nil {
		t.Fatalf("%v\n%s", err, dicom)
	}
	return site
}
