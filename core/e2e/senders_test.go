package e2e_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// copies is a flow that copies what came, for the scripted executor.
const copies = `
triggers: [{CallingAET: SCANNER}]
models: [{image: any, options: {copy: true}}]
`

// copiesTo is that flow with destinations.
func copiesTo(destinations ...string) string {
	return copies + "destinations: [" + strings.Join(destinations, ", ") + "]\n"
}

// objects are the objects that a run's flow got, by what is in its src.
func objects(t *testing.T, site *testenv.Site, id run.ID) map[testenv.Key]testenv.File {
	t.Helper()
	return testenv.ReadFiles(t, site.Files().Src(id))
}

// Peers do wrong whatever a peer can do wrong, while another one is in the
// midst of sending. Each is told so, nothing of theirs is kept, and the other
// one's arrival is whole.
func TestSendersThatMisbehave(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(2))
	site.Flow("copy", copies)
	site.Start()
	good := testenv.Series(6)
	sender := testenv.Dial(t, site.DICOM())
	sender.MustStore(good[0])

	bad := testenv.Object{Instance: "1.2.3.9"}
	dataset := bad.Dataset()
	for i, test := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"cuts a data set short inside an element", func(t *testing.T) {
			refused(t, site, bad, dataset[:len(dataset)/2], dimse.CannotUnderstand)
		}},
		{"cuts a data set short inside the pixel data", func(t *testing.T) {
			refused(t, site, bad, dataset[:len(dataset)-10], dimse.CannotUnderstand)
		}},
		{"sends no SOP instance UID", func(t *testing.T) {
			raw := testenv.DialRaw(t, site.DICOM())
			raw.Ask("")
			raw.Fragment(false, true, dataset)
			if answer := raw.Hear(); answer.Type() != pdu.TypeData {
				t.Errorf("%v came as the answer, want a response", answer.Type())
			}
		}},
		{"stops in the midst of an object", func(t *testing.T) {
			raw := testenv.DialRaw(t, site.DICOM())
			raw.Ask("1.2.3.9")
			raw.Fragment(false, false, dataset[:100])
			if err := raw.Close(); err != nil {
				t.Error(err)
			}
		}},
		{"sends a PDU of no known type", func(t *testing.T) { aborted(t, site, []byte{0x99, 0, 0, 0, 0, 4, 1, 2, 3, 4}) }},
		{"sends a PDU of a wrong length", func(t *testing.T) { aborted(t, site, []byte{0x04, 0, 0xFF, 0xFF, 0xFF, 0xFF}) }},
		{"sends a data set where a command is due", func(t *testing.T) {
			raw := testenv.DialRaw(t, site.DICOM())
			raw.Fragment(false, true, dataset)
			if answer := raw.Hear(); answer.Type() != pdu.TypeAbort {
				t.Errorf("%v came as the answer, want A-ABORT", answer.Type())
			}
		}},
		{"is no DICOM peer", func(t *testing.T) {
			conn, err := net.Dial("tcp", site.DICOM())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
				t.Error(err)
			}
			_ = conn.Close()
		}},
	} {
		t.Run(test.name, test.do)
		sender.MustStore(good[i%5+1])
	}
	sender.MustRelease()

	r := site.Ended("copy", run.Done)
	same(t, "the good sender's run", objects(t, site, r.ID), files(good))
	for _, arrival := range site.Arrivals() {
		if arrival.ID != r.Arrival && arrival.Objects > 0 {
			t.Errorf("arrival %s of a bad sender has %d objects", arrival.State, arrival.Objects)
		}
	}
	nothingOf(t, site, "1.2.3.9")
	site.Send(testenv.Write(t, testenv.Object{})...)
	testenv.Until(t, "a later run", func() (bool, string) {
		runs := site.Runs("copy")
		return len(runs) == 2 && runs[1].State == run.Done, fmt.Sprint(len(runs))
	})
}

// refused sends a data set that is wrong and checks the status that it is
// answered with.
func refused(t *testing.T, site *testenv.Site, o testenv.Object, dataset []byte, want dimse.Status) {
	t.Helper()
	sender := testenv.Dial(t, site.DICOM())
	if status, err := sender.Store(o, dataset); err != nil || status != want {
		t.Errorf("answered %v (%v), want %v", status, err, want)
	}
	sender.MustRelease()
}

// aborted sends what is no PDU that could come now, in the midst of a data set,
// and checks that the association is aborted.
func aborted(t *testing.T, site *testenv.Site, what []byte) {
	t.Helper()
	raw := testenv.DialRaw(t, site.DICOM())
	raw.Ask("1.2.3.9")
	raw.Fragment(false, false, make([]byte, 8))
	raw.Say(what)
	if answer := raw.Hear(); answer.Type() != pdu.TypeAbort {
		t.Errorf("%v came as the answer, want A-ABORT", answer.Type())
	}
}

// nothingOf checks that no file of the spool is of a SOP instance.
func nothingOf(t *testing.T, site *testenv.Site, instance string) {
	t.Helper()
	files, err := filepath.Glob(site.Data("objects", "*", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files in the spool (%v)", len(files), err)
	}
	for _, file := range files {
		if content, err := os.ReadFile(file); err != nil || bytes.Contains(content, []byte(instance)) {
			t.Errorf("%s is kept (%v)", file, err)
		}
	}
}

// The same SOP instance twice in an arrival: identical bytes are one object; of
// different ones the last wins, and both are kept.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("copy", copies)
	site.Start()
	first := testenv.Series(2)
	changed := first[0]
	changed.Pixels = []byte("changed!")
	sender := testenv.Dial(t, site.DICOM())
	sender.MustStore(first[0], first[1], first[1], changed)
	sender.MustRelease()

	r := site.Ended("copy", run.Done)
	if code, out := cli(t, site, "explain", string(r.Arrival)); code != 0 || !strings.Contains(out, "1 SOP instance came more than once with different bytes") {
		t.Errorf("explain: exit code %d, %s", code, out)
	}
	got := objects(t, site, r.ID)
	want := map[dcm.UID]string{first[0].Instance: string(changed.Dataset()), first[1].Instance: string(first[1].Dataset())}
	if len(got) != 2 {
		t.Errorf("the run got %d objects, want 2", len(got))
	}
	for _, file := range got {
		if file.Dataset != want[file.Instance] {
			t.Errorf("the run got another data set of %s than came last", file.Instance)
		}
	}
	var kept []string
	for _, file := range testenv.ReadFiles(t, site.Data("objects", string(r.Arrival))) {
		kept = append(kept, file.Dataset)
	}
	if joined := strings.Join(kept, "|"); !strings.Contains(joined, string(first[0].Dataset())) || !strings.Contains(joined, string(changed.Dataset())) {
		t.Error("of two different objects of one SOP instance, not both are kept")
	}
}

// What objects say of themselves never leads out of a folder.
func TestValuesWithPathCharacters(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Docker(t, 1), `tar_subdir = ["SeriesDescription", "../fixed"]`)
	site.Flow("copy", `
triggers: [{CallingAET: SCANNER}]
models: [{image: "busybox:latest", pull_before_exec: false, network_disabled: true, command: [sh, -c, 'cd /input; find . -type f; cp -r . /output/']}]
`)
	site.Start()
	sent := testenv.Write(t,
		testenv.Object{Series: "../../x", Modality: "../CT", SeriesDescription: "../../../etc"},
		testenv.Object{Series: "/etc/passwd", Modality: "..", SeriesDescription: "..\x01\n"},
		testenv.Object{Series: "..", Modality: "", SeriesDescription: strings.Repeat("long/", 12)})
	site.Send(sent...)
	r := site.Ended("copy", run.Done)
	same(t, "the container", output(t, site, r, 0, "dst"), testenv.ReadFiles(t, filepath.Dir(sent[0])))
	err := filepath.WalkDir(site.Files().Src(r.ID), func(path string, entry os.DirEntry, err error) error {
		if strings.ContainsAny(entry.Name(), "/\\\x01\n:") || strings.Trim(entry.Name(), ".") == "" {
			t.Errorf("src has a file %q", entry.Name())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	site.NoContainers()
}
