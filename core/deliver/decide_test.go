package deliver

import (
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
)

func TestFinish(t *testing.T) {
	to := func(name string, state run.DeliveryState, reason string) run.Delivery {
		return run.Delivery{Destination: run.Destination{Name: name, AETitle: "PEER"}, State: state, Reason: reason}
	}
	sent, pending, sending := to("pacs", run.DeliverySent, ""), to("pacs", run.DeliveryPending, "busy"), to("pacs", run.DeliverySending, "")
	refused := to("archive", run.DeliveryFailed, "refused")
	superseded := refused
	superseded.Superseded = true
	tests := []struct {
		name   string
		all    []run.Delivery
		state  run.State
		reason string
	}{
		{"one is pending", []run.Delivery{sent, pending}, "", ""},
		{"one is being sent", []run.Delivery{sending, refused}, "", ""},
		{"all are sent", []run.Delivery{sent, sent}, run.Done, ""},
		{"the last one failed", []run.Delivery{sent, refused}, run.Failed, "delivery to archive: refused"},
		{"the first one failed", []run.Delivery{refused, sent}, run.Failed, "delivery to archive: refused"},
		{"two failed", []run.Delivery{to("pacs", run.DeliveryFailed, "given up"), refused}, run.Failed, "delivery to pacs: given up"},
		{"one that failed is superseded", []run.Delivery{superseded, sent}, run.Done, ""},
		{"one without a name failed", []run.Delivery{to("", run.DeliveryFailed, "given up")}, run.Failed, "delivery to PEER: given up"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if state, reason := Finish(test.all); state != test.state || reason != test.reason {
				t.Errorf("run is %q because %q, want %q because %q", state, reason, test.state, test.reason)
			}
		})
	}
}

// The pauses double, up to the longest; a jitter of at most half is taken off.
func TestPausesGrow(t *testing.T) {
	for tries, longest := range map[int]time.Duration{1: 5 * time.Second, 2: 10 * time.Second, 4: 40 * time.Second, 8: 10 * time.Minute, 1000: 10 * time.Minute} {
		if got := (Pause{}).after(tries); got < longest/2 || got > longest {
			t.Errorf("after %d tries: %s, want between %s and %s", tries, got, longest/2, longest)
		}
	}
}

// A run whose deliveries have all ended has failed if one has.
func TestARunFailsWithItsLastDelivery(t *testing.T) {
	refuses := &peer{status: func(dcm.UID) (dimse.Status, bool) { return dimse.CannotUnderstand, true }}
	refuses.listen(t)
	fine := &peer{}
	fine.listen(t)
	s := newSite(t, 1, refuses, fine)
	s.deliver(t)
	got, err := s.db.Run(t.Context(), string(s.run))
	check(t, err)
	if want := "delivery to peer0: 1 of 1 object not sent, the last because: the peer answered C000 (cannot understand)"; got.State != run.Failed || got.Reason != want {
		t.Errorf("run is %s because %q, want failed because %q", got.State, got.Reason, want)
	}
}

// From a fixed local port only the address tells associations apart; destinations
// at other addresses do not wait.
func TestLinesOfAFixedSourcePort(t *testing.T) {
	a, b := run.Destination{Host: "a", Port: 104, AETitle: "A"}, run.Destination{Host: "b", Port: 104, AETitle: "A"}
	other := run.Destination{Host: "a", Port: 104, AETitle: "OTHER"}
	free, fixed := &Associations{}, &Associations{SourcePort: 11113}
	if free.Line(a) == free.Line(b) || fixed.Line(a) == fixed.Line(b) {
		t.Error("two destinations wait for each other")
	}
	if free.Line(a) == free.Line(other) || fixed.Line(a) != fixed.Line(other) {
		t.Error("two titles at one address wait without a fixed port, or do not with one")
	}
}
