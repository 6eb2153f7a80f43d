package e2e_test

import (
	"encoding/json"
	"net"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// echo has dcmtk's echoscu ask for an association, and reports whether it got one.
func echo(t *testing.T, address, calling, called string) bool {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	_, err = testenv.Command(t, "echoscu", "-aet", calling, "-aec", called, host, port)
	return err == nil
}

// spaced is a text with one space for each run of them.
func spaced(text string) string { return strings.Join(strings.Fields(text), " ") }

// What goes wrong first with a scanner is said: who asked for what, from where,
// how often, and what would have to be changed.
func TestPeersSayWhyTheyAreRejected(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1), `dicom {
		ae_title        = "RADDEPLOY"
		check_called_ae = true
		listener "brain" {
			listen           = "127.0.0.1:0"
			called_ae_titles = ["BRAIN"]
		}
		peer "scanner" {
			ae_title  = "SCANNER"
			addresses = ["127.0.0.1"]
		}
		peer "console" {
			ae_title  = "AW"
			addresses = ["10.1.0.0/16"]
		}
	}`)
	site.StartProgram()
	var status api.Status
	status, err := site.Client().Status(t.Context())
	if err != nil || len(status.Listeners) != 2 || status.Listeners[1].Name != "brain" {
		t.Fatalf("listeners %+v, %v", status.Listeners, err)
	}
	brain := status.Listeners[1].Address
	for _, ask := range []struct {
		address, calling, called string
		want                     bool
	}{
		{site.DICOM(), "SCANNER", "RADDEPLOY", true},
		{site.DICOM(), "SCANNER", "RADDEPLOY", true},
		{site.DICOM(), "SCANNER", "WRONG", false},
		{site.DICOM(), "SCANNER", "BRAIN", false},
		{brain, "SCANNER", "BRAIN", true},
		{site.DICOM(), "AW", "RADDEPLOY", false},
		{site.DICOM(), "UNKNOWN", "RADDEPLOY", false},
	} {
		if got := echo(t, ask.address, ask.calling, ask.called); got != ask.want {
			t.Errorf("%s calling %s at %s: %v, want %v", ask.calling, ask.called, ask.address, got, ask.want)
		}
	}
	_, out := cli(t, site, "peers")
	for _, want := range []string{
		"scanner SCANNER RADDEPLOY 127.0.0.1 accepted 2 ",
		"scanner SCANNER BRAIN 127.0.0.1 accepted 1 ",
		"called AE title not recognized: WRONG was called, and this listener is RADDEPLOY",
		"called AE title not recognized: BRAIN was called, and this listener is RADDEPLOY",
		"calling AE title not recognized: AW came from 127.0.0.1, and peer console is at 10.1.0.0/16",
		"calling AE title not recognized: UNKNOWN came from 127.0.0.1, where peer scanner is called SCANNER",
		"console AW - 10.1.0.0/16 never seen",
	} {
		if !strings.Contains(spaced(out), want) {
			t.Errorf("peers does not say %q:\n%s", want, out)
		}
	}
	site.Logs("association rejected", "WRONG was called, and this listener is RADDEPLOY")

	// it is remembered
	site.Stop()
	site.StartProgram()
	_, out = cli(t, site, "peers", "-json")
	var peers []api.Peer
	if err := json.Unmarshal([]byte(out), &peers); err != nil {
		t.Fatal(err)
	}
	var rejected int64
	for _, p := range peers {
		if p.ID == "" || p.State == "" {
			t.Errorf("%+v has no id or state", p)
		}
		if p.State == "rejected" {
			rejected += p.Count
		}
	}
	if rejected != 4 {
		t.Errorf("%d rejections, want 4:\n%s", rejected, out)
	}
}

// A device whose AE title breaks the rules, and that proposes what is not
// accepted beside its images, gets its run like any other. Nothing raw reaches
// the operator's terminal.
func TestAPeerWithAnImpossibleTitle(t *testing.T) {
	t.Parallel()
	archive := (&testenv.Archive{}).Listen(t)
	site := programs.NewSite(t, testenv.Docker(t, 1))
	const title = "\xC0\xB3`I\xFC\x7F\x1b"
	const commitment dcm.UID = "1.2.840.10008.1.20.1"
	site.Flow("env", `
triggers: [{CallingAET: '^\\xC0\\xB3'}]
return_to_sender_on_ports: `+strconv.Itoa(archive.Port())+`
models:
  - image: busybox
    command: ["sh", "-c", "cp -r /input/. /output/; echo sender $RADDEPLOY_SENDER_AE"]
`)
	site.StartProgram()
	dialer := &dimse.Dialer{CallingAE: dcm.ReadAETitle(title)}
	conn, err := dialer.Dial(t.Context(), site.DICOM(), []dimse.PresentationContext{
		{AbstractSyntax: testenv.CT, TransferSyntaxes: []dcm.UID{dcm.ExplicitVRLittleEndian}},
		{AbstractSyntax: commitment, TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}},
	})
	if err != nil {
		t.Fatal(err)
	}
	object := testenv.Object{Instance: "1.2.3.4"}
	dataset := object.Dataset()
	if status, err := conn.Store(t.Context(), dimse.StoreMessage{SOPClassUID: testenv.CT, SOPInstanceUID: object.Instance,
		TransferSyntaxUID: dcm.ExplicitVRLittleEndian, Data: strings.NewReader(string(dataset)), Size: int64(len(dataset))}); err != nil || !status.Success() {
		t.Fatal(status, err)
	}
	if err := conn.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := site.Ended("env", run.Done)
	shown := `\xC0\xB3` + "`I" + `\xFC\x7F\x1B`
	testenv.Until(t, "the peer to be recorded", func() (bool, string) {
		_, out := cli(t, site, "peers")
		return strings.Contains(out, shown), out
	})
	for _, command := range [][]string{{"runs"}, {"runs", string(r.ID)}, {"arrivals"}, {"arrivals", string(r.Arrival)}, {"explain", string(r.Arrival)}, {"peers"}, {"logs", string(r.ID)}} {
		code, out := cli(t, site, command...)
		if code != 0 || !utf8.ValidString(out) || strings.ContainsAny(out, "\x1b\x7f") || !strings.Contains(out, shown) {
			t.Errorf("%v: exit code %d:\n%q", command, code, out)
		}
	}
	for _, command := range [][]string{{"peers"}, {"arrivals", string(r.Arrival)}} {
		if _, out := cli(t, site, command...); !strings.Contains(out, string(commitment)) && !strings.Contains(out, "Storage Commitment") {
			t.Errorf("%v does not say what was not accepted:\n%s", command, out)
		}
	}
	site.Logs("abstract syntaxes not accepted", string(commitment))
	site.Logs("arrival matched", `\\xC0`)
}

// What cannot be read of an object is said where its values are missed.
func TestExplainSaysWhereAHeaderBreaks(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("mr", "triggers: [{Modality: MR}]\nmodels: [{image: any}]\n")
	site.Start()
	// a text of undefined length, which no text has, before the modality
	dataset := []byte("\x08\x00\x05\x00CS\x0a\x00ISO_IR 100" + "\x08\x00\x21\x10UC\x00\x00\xff\xff\xff\xff" + "\x08\x00\x60\x00CS\x02\x00MR")
	sender := testenv.Dial(t, site.DICOM())
	if status, err := sender.Store(testenv.Object{Instance: "1.2.3"}, dataset); err != nil || !status.Success() {
		t.Fatalf("what breaks the rules is kept as sent: %v, %v", status, err)
	}
	sender.MustRelease()
	arrival := site.Arrivals()[0]
	testenv.Until(t, "the arrival is matched", func() (bool, string) {
		arrival = site.Arrivals()[0]
		return arrival.State == run.ArrivalUnmatched, string(arrival.State)
	})
	for _, command := range [][]string{{"explain", string(arrival.ID)}, {"explain", "-json", string(arrival.ID)}} {
		_, out := cli(t, site, command...)
		for _, want := range []string{"scan data set at byte ", "undefined length"} {
			if !strings.Contains(out, want) {
				t.Errorf("%v does not say %q:\n%s", command, want, out)
			}
		}
	}
	if _, out := cli(t, site, "explain", string(arrival.ID)); !strings.Contains(out, "Modality is in no object as far as they could be read") {
		t.Errorf("explain says of Modality:\n%s", out)
	}
}

// An association that breaks off says at which object, on log, command line and
// JSON.
func TestABrokenAssociationNamesItsObject(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Start()
	raw := testenv.DialRaw(t, site.DICOM())
	dataset := testenv.Object{Instance: "1.2.3.9"}.Dataset()
	raw.Ask("1.2.3.9")
	raw.Fragment(false, true, dataset)
	raw.Hear()
	raw.Ask("1.2.3.10")
	raw.Fragment(false, false, dataset[:50])
	raw.Say((&pdu.Abort{Source: pdu.AbortedByUser}).Append(nil))
	const want = "peer aborted the association, in object 2"
	var id string
	testenv.Until(t, "the arrival is incomplete", func() (bool, string) {
		for _, a := range site.Arrivals() {
			id = string(a.ID)
			return a.State == run.ArrivalIncomplete, string(a.State)
		}
		return false, "no arrival"
	})
	for _, command := range [][]string{{"arrivals"}, {"arrivals", id}, {"arrivals", "-json"}} {
		if _, out := cli(t, site, command...); !strings.Contains(out, want) {
			t.Errorf("%v does not say %q:\n%s", command, want, out)
		}
	}
	site.Logs("association aborted", want)
}
