package e2e_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// Who may send and who may not, as dcmtk's storescu is told it.
func TestWhoMaySend(t *testing.T) {
	t.Parallel()
	files := testenv.Write(t, testenv.Object{})
	for name, test := range map[string]struct {
		settings string
		options  []string
		refusal  string // what storescu says; "" if it may send
	}{
		"anybody":              {},
		"the known AE title":   {settings: `dicom { peer "ct" { ae_title = "SCANNER" } }`},
		"an unknown AE title":  {settings: `dicom { peer "ct" { ae_title = "CT1" } }`, refusal: "Calling AE Title Not Recognized"},
		"the known address":    {settings: `dicom { peer "here" { addresses = ["127.0.0.0/8"] } }`},
		"an unknown address":   {settings: `dicom { peer "there" { addresses = ["10.1.0.0/16"] } }`, refusal: "Calling AE Title Not Recognized"},
		"another called AE":    {settings: `dicom { check_called_ae = true }`, refusal: "Called AE Title Not Recognized"},
		"the right called AE":  {settings: "dicom {\n ae_title = \"RADDEPLOY\"\n check_called_ae = true\n}"},
		"a disk that is full":  {settings: `retention { reserve = "1000TiB" }`, refusal: "Local Limit Exceeded"},
		"compressed, as sent":  {options: []string{"-xs"}},
		"one PDU at a time":    {options: []string{"-pdu", "4096", "--max-send-pdu", "4096"}},
		"the same three times": {options: []string{"--repeat", "3"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := programs.NewSite(t, testenv.Fake(1), test.settings)
			site.Flow("copy", copies)
			site.Start()
			output, err := testenv.Storescu(t, site.DICOM(), test.options, files...)
			if test.refusal == "" {
				if err != nil {
					t.Fatalf("storescu: %v\n%s", err, output)
				}
				site.Ended("copy", run.Done)
				return
			}
			if err == nil || !strings.Contains(output, test.refusal) {
				t.Errorf("storescu was told (%v): %s\nwant %s", err, output, test.refusal)
			}
			if all := site.Arrivals(); len(all) != 0 {
				t.Errorf("%d arrivals of a peer that may not send", len(all))
			}
		})
	}
}

// What becomes of the objects of an association that was aborted is the site's
// choice.
func TestAbortedAssociations(t *testing.T) {
	t.Parallel()
	for choice, want := range map[string]run.ArrivalState{"": run.ArrivalIncomplete, "hold": run.ArrivalIncomplete, "process": run.ArrivalMatched, "discard": run.ArrivalDiscarded} {
		t.Run(choice, func(t *testing.T) {
			t.Parallel()
			settings := ""
			if choice != "" {
				settings = `dicom { on_abort = "` + choice + `" }`
			}
			site := programs.NewSite(t, testenv.Fake(1), settings)
			site.Flow("copy", copies)
			site.Start()
			files := testenv.Write(t, testenv.Series(2)...)
			if output, err := testenv.Storescu(t, site.DICOM(), []string{"--abort"}, files...); err != nil {
				t.Fatalf("storescu: %v\n%s", err, output)
			}
			arrival := site.Arrival(1, want)
			testenv.Until(t, "what is kept to be there, and nothing else", func() (bool, string) {
				kept, err := filepath.Glob(site.Data("objects", "*", "*"))
				return err == nil && len(kept) == map[bool]int{true: 0, false: 2}[want == run.ArrivalDiscarded], fmt.Sprint(kept, err)
			})
			switch want {
			case run.ArrivalMatched:
				site.Ended("copy", run.Done)
			case run.ArrivalIncomplete:
				if !strings.Contains(arrival.Reason, "broke off") || len(site.Runs("copy")) != 0 {
					t.Errorf("the arrival says %q and has %d runs", arrival.Reason, len(site.Runs("copy")))
				}
				site.Send(files...) // the sender's next try
				site.Arrival(1, run.ArrivalSuperseded)
				site.Ended("copy", run.Done)
			}
		})
	}
}

// A series that broke off is not continued by another series of its study: the
// run for that one gets nothing of the fragment.
func TestAnotherSeriesAfterOneBrokeOff(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1), `dicom { on_abort = "hold" }`)
	site.Flow("copy", copies)
	site.Start()
	broken, other := testenv.Series(5), testenv.Series(3)
	for i := range other {
		other[i].Study = broken[0].Study
	}
	sender := testenv.Dial(t, site.DICOM())
	sender.MustStore(broken[:3]...)
	sender.Abort()
	held := site.Arrival(1, run.ArrivalIncomplete)

	site.Send(testenv.Write(t, other...)...)
	site.Arrival(2, run.ArrivalMatched)
	count(t, site, "copy", 1)
	same(t, "the other series' run", objects(t, site, site.Runs("copy")[0].ID), files(other))
	if a := site.Arrival(1, run.ArrivalIncomplete); a.Objects != 3 || a.Reason != held.Reason {
		t.Errorf("the held arrival has %d objects and says %q, want 3 and %q", a.Objects, a.Reason, held.Reason)
	}

	site.Send(testenv.Write(t, broken...)...) // the sender's next try
	site.Arrival(1, run.ArrivalSuperseded)
	count(t, site, "copy", 2)
	same(t, "the next try's run", objects(t, site, site.Runs("copy")[1].ID), files(broken))
}

// A flow in shadow mode runs and sends nothing; one that is off does not run.
func TestModes(t *testing.T) {
	t.Parallel()
	archive := (&testenv.Archive{}).Listen(t)
	site := programs.NewSite(t, testenv.Fake(1))
	for _, mode := range []string{"live", "shadow", "off"} {
		site.Flow(mode, "mode: "+mode+"\n"+copiesTo(archive.Destination()))
	}
	site.Start()
	object := testenv.Object{Instance: "1.2.3"}
	site.Send(testenv.Write(t, object)...)
	site.Ended("live", run.Done)
	if r := site.Ended("shadow", run.Done); len(r.Deliveries) != 0 {
		t.Errorf("a shadow has deliveries: %s", testenv.Describe(r))
	}
	if runs := site.Runs("off"); len(runs) != 0 {
		t.Errorf("a flow that is off has %d runs", len(runs))
	}
	if _, asked := archive.Asked(); asked != 1 {
		t.Errorf("the archive was sent %d objects, want one", asked)
	}
}
