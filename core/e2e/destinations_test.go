package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// One run is sent to destinations of every kind at once. What one of them
// refuses for good fails its delivery, with the peer's word and what to do;
// what one of them cannot take now is tried again, that alone; and the ones
// that take everything have it whatever the others do.
func TestDestinationsThatRefuse(t *testing.T) {
	t.Parallel()
	series := testenv.Series(5)
	kinds := []struct {
		name    string
		archive testenv.Archive
		state   run.DeliveryState
		reason  string // has to be in the delivery's reason
		sent    int
		asked   int // how many objects the archive was sent, tries again included
	}{
		{"takes everything", testenv.Archive{}, run.DeliverySent, "", 5, 5},
		{"refuses the association", testenv.Archive{Admit: dimse.CalledAENotRecognized}, run.DeliveryPending, "called AE title not recognized", 0, 0},
		{"refuses the context", testenv.Archive{Accepts: func(dcm.UID) bool { return false }}, run.DeliveryFailed,
			"the peer does not take CT Image Storage (SOP class 1.2.840.10008.5.1.4.1.1.2) in Explicit VR Little Endian or Implicit VR Little Endian: enable it there", 0, 0},
		{"refuses each object", testenv.Archive{Store: always(dimse.DataSetDoesNotMatch)}, run.DeliveryFailed,
			"5 of 5 objects not sent, the last because: the peer answered A900", 0, 5},
		{"refuses the third object", testenv.Archive{Store: at(dimse.CannotUnderstand, 2)}, run.DeliveryFailed,
			"1 of 5 objects not sent, the last because: the peer answered C000", 4, 5},
		{"warns", testenv.Archive{Store: always(dimse.CoercionOfDataElements)}, run.DeliverySent, "", 5, 5},
		{"is full for two objects", testenv.Archive{Store: at(dimse.OutOfResources, 1, 3)}, run.DeliverySent, "", 5, 7},
	}
	site := programs.NewSite(t, testenv.Fake(1))
	var destinations []string
	for i := range kinds {
		destinations = append(destinations, kinds[i].archive.Listen(t).Destination())
	}
	site.Flow("all", copiesTo(destinations...))
	site.Flow("alone", copiesTo(destinations[0]))
	site.Start()
	site.Send(testenv.Write(t, series...)...)

	for i := range kinds {
		kind := &kinds[i]
		r := site.Run("all", "through with what "+kind.name, func(r api.Run) bool {
			return len(r.Deliveries) > i && r.Deliveries[i].State == kind.state && r.Deliveries[i].Tries > 0
		})
		d := r.Deliveries[i]
		if !strings.Contains(d.Reason, kind.reason) || d.Sent != kind.sent || d.Objects != len(series) {
			t.Errorf("what %s: %d of %d objects recorded as sent, want %d; reason %q, want %q", kind.name, d.Sent, d.Objects, kind.sent, d.Reason, kind.reason)
		}
		if _, asked := kind.archive.Asked(); i > 0 && asked != kind.asked {
			t.Errorf("what %s was sent %d objects, want %d", kind.name, asked, kind.asked)
		}
		if r.State != run.Sending { // one destination may yet take it
			t.Errorf("the run is not %s: %s", run.Sending, testenv.Describe(r))
		}
	}
	site.Ended("alone", run.Done)
	kept(t, kinds[0].archive.Kept(), series, 2)
	kept(t, kinds[6].archive.Kept(), series, 1)
}

func always(status dimse.Status) func(int) dimse.Status {
	return func(int) dimse.Status { return status }
}

// at answers some of the objects with a status, and the others with success.
func at(status dimse.Status, objects ...int) func(int) dimse.Status {
	return func(n int) dimse.Status {
		for _, i := range objects {
			if n == i {
				return status
			}
		}
		return dimse.Success
	}
}

// kept checks that each object was kept, so many times.
func kept(t *testing.T, got []testenv.Kept, objects []testenv.Object, times int) {
	t.Helper()
	want := make(map[testenv.Kept]int)
	for _, o := range objects {
		want[testenv.Kept{Instance: o.Instance, Dataset: string(o.Dataset())}] = times
	}
	for _, k := range got {
		want[k]--
	}
	for k, missing := range want {
		if missing != 0 {
			t.Errorf("the archive has %s %d times too few", k.Instance, missing)
		}
	}
}

// A destination that is down, then one that breaks associations off, then one
// that refuses them, and at last one that works: it gets everything, once.
func TestDestinationComesUp(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	archive := testenv.Storescp(t)
	archive.Stop()
	site.Flow("copy", copiesTo(archive.Destination()))
	site.Start()
	series := testenv.Series(4)
	site.Send(testenv.Write(t, series...)...)

	tried := func(reason string) {
		t.Helper()
		r := site.Run("copy", "pending because "+reason, func(r api.Run) bool {
			return len(r.Deliveries) == 1 && r.Deliveries[0].State == run.DeliveryPending && strings.Contains(r.Deliveries[0].Reason, reason)
		})
		if d := r.Deliveries[0]; d.Sent != 0 || d.NextTry == nil {
			t.Errorf("delivery is not to be tried again: %s", testenv.Describe(r))
		}
	}
	tried("connection refused")
	archive.Start("--abort-after")
	tried("abort")
	archive.Stop()
	archive.Start("--refuse")
	tried("reject")
	archive.Stop()
	archive.Start()
	site.Ended("copy", run.Done)
	came := make(map[dcm.UID]bool)
	for key := range archive.Files() {
		came[key.Instance] = true
	}
	for _, o := range series {
		if !came[o.Instance] {
			t.Errorf("%s did not come", o.Instance)
		}
	}
}

// A delivery whose time is over fails, and says what went wrong last.
func TestDeliveryIsGivenUp(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1), `deliver { give_up_after = "1s" }`)
	site.Flow("copy", copiesTo(testenv.Destination(testenv.FreePort(t))))
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	r := site.Ended("copy", run.Failed)
	if d := r.Deliveries[0]; !strings.Contains(r.Reason, fmt.Sprintf("given up after %d tries", d.Tries)) || !strings.Contains(r.Reason, "connection refused") {
		t.Errorf("reason %q after %d tries", r.Reason, d.Tries)
	}
}
