package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
)

const sideBySide = `dicom {
  listen           = "0.0.0.0:104"
  called_ae_titles = ["RAD", "SEG"]
  listener "tls" {
    listen = "0.0.0.0:2762"
    tls {
      cert_file = "/c"
      key_file  = "/k"
      profile   = "bcp195-nd"
    }
  }
  listener "brain" {
    listen           = "0.0.0.0:105"
    called_ae_titles = "BRAIN"
  }
  peer "scanner" {
    ae_title         = "\\xC0\\xB3I"
    called_ae_titles = ["SEG"]
    max_associations = 4
  }
}
`

func TestListenersSideBySide(t *testing.T) {
	got := parse(t, sideBySide)
	want := []Listener{
		{Listen: "0.0.0.0:104", CalledAETitles: []dcm.AETitle{"RAD", "SEG"}},
		{Name: "tls", Listen: "0.0.0.0:2762", TLS: &ServerTLS{CertFile: "/c", KeyFile: "/k", Profile: BCP195NonDowngrading}},
		{Name: "brain", Listen: "0.0.0.0:105", CalledAETitles: []dcm.AETitle{"BRAIN"}},
	}
	if diff := cmp.Diff(want, got.DICOM.All()); diff != "" {
		t.Errorf("listeners (-want +got):\n%s", diff)
	}
	peers := []Peer{{Name: "scanner", AETitle: `\xC0\xB3I`, CalledAETitles: []dcm.AETitle{"SEG"}, MaxAssociations: 4}}
	if diff := cmp.Diff(peers, got.DICOM.Peers); diff != "" {
		t.Errorf("peers (-want +got):\n%s", diff)
	}
}

// What a listener takes and how it is secured changes at once; the addresses wait.
func TestReloadOfListeners(t *testing.T) {
	change := strings.NewReplacer(`"0.0.0.0:2762"`, `"0.0.0.0:2763"`, "bcp195-nd", "bcp195-ex", `"BRAIN"`, `["BRAIN", "HEAD"]`)
	site, changes := parse(t, sideBySide).Reload(parse(t, change.Replace(sideBySide)))
	var said []string
	for _, c := range changes {
		said = append(said, c.String())
	}
	want := []string{
		`listener "tls".listen: 0.0.0.0:2762 → 0.0.0.0:2763, waits for a restart`,
		`listener "tls".tls: changed`,
		`listener "brain".called_ae_titles: ["BRAIN"] → ["BRAIN" "HEAD"]`,
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	in := site.DICOM.Listeners
	if len(in) != 2 || in[0].Listen != "0.0.0.0:2762" || in[0].TLS.Profile != BCP195Extended || len(in[1].CalledAETitles) != 2 {
		t.Errorf("in force: %+v", in)
	}
	site, changes = parse(t, sideBySide).Reload(parse(t, strings.Replace(sideBySide, `"brain"`, `"head"`, 1)))
	if len(site.DICOM.Listeners) != 2 || site.DICOM.Listeners[1].Name != "brain" || Waiting(changes) != `listener "brain", listener "head"` {
		t.Errorf("in force: %+v, waiting: %s", site.DICOM.Listeners, Waiting(changes))
	}
}

func TestListenersThatAreWrong(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"no address":           {`dicom { listener "tls" {} }`, "listener tls has no address"},
		"one name for two":     {"dicom {\n listener \"a\" { listen = \"127.0.0.1:1\" }\n listener \"a\" { listen = \"127.0.0.1:2\" }\n}", "there are two listeners a"},
		"no name":              {`dicom { listener { listen = "127.0.0.1:1" } }`, "the block listener has 0 labels"},
		"an unknown profile":   {"dicom {\n tls {\n cert_file = \"/c\"\n key_file = \"/k\"\n profile = \"bcp159\"\n }\n}", "profile has to be one of bcp195, bcp195-nd, bcp195-ex"},
		"a key alone":          {"dicom {\n listener \"a\" {\n listen = \"127.0.0.1:1\"\n tls { key_file = \"/k\" }\n }\n}", "tls needs a certificate and its key"},
		"a title that is long": {`dicom { called_ae_titles = ["A title of 17 chr"] }`, "has 17 characters"},
	} {
		_, diags := Parse("site.hcl", []byte(test.text), nil)
		if !strings.Contains(fmt.Sprint(diags.Err()), test.want) {
			t.Errorf("%s: %v, want %q", name, diags, test.want)
		}
	}
}
