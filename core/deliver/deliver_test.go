package deliver

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
)

func TestSent(t *testing.T) {
	p := &peer{}
	p.listen(t)
	s := newSite(t, 3, p)
	check(t, os.WriteFile(filepath.Join(s.folder, "out", "report.txt"), []byte("no DICOM"), 0o644))
	d := s.deliver(t)[0]
	if d.State != run.DeliverySent || len(p.got()) != 3 || s.runState(t) != run.Done {
		t.Errorf("delivery is %s (%s), the peer got %d of 3, the run is %s", d.State, d.Reason, len(p.got()), s.runState(t))
	}
	if got, want := s.states(t, d.ID), "000.dcm sent 0000, 001.dcm sent 0000, 002.dcm sent 0000, report.txt not-dicom 0000"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWarningsCountAsSent(t *testing.T) {
	p := &peer{status: func(dcm.UID) (dimse.Status, bool) { return dimse.CoercionOfDataElements, true }}
	p.listen(t)
	s := newSite(t, 1, p)
	if d := s.deliver(t)[0]; d.State != run.DeliverySent || s.states(t, d.ID) != "000.dcm sent B000" {
		t.Errorf("delivery is %s: %s", d.State, s.states(t, d.ID))
	}
}

// What a peer refuses for good is never recorded as sent and never tried again;
// the rest is sent.
func TestRefusedObject(t *testing.T) {
	tries := 0
	p := &peer{status: func(instance dcm.UID) (dimse.Status, bool) {
		if instance == "1.2.1" {
			tries++
			return dimse.CannotUnderstand, true
		}
		return dimse.Success, true
	}}
	p.listen(t)
	s := newSite(t, 3, p)
	d := s.deliver(t)[0]
	if d.State != run.DeliveryFailed || s.runState(t) != run.Failed || tries != 1 {
		t.Errorf("delivery is %s, the run is %s, after %d tries", d.State, s.runState(t), tries)
	}
	if got, want := s.states(t, d.ID), "000.dcm sent 0000, 001.dcm failed C000, 002.dcm sent 0000"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if want := "1 of 3 objects not sent, the last because: the peer answered C000 (cannot understand)"; d.Reason != want {
		t.Errorf("reason %q, want %q", d.Reason, want)
	}
}

func TestRefusedContext(t *testing.T) {
	p := &peer{accepts: func(dcm.UID) bool { return false }}
	p.listen(t)
	s := newSite(t, 1, p)
	d := s.deliver(t)[0]
	if d.State != run.DeliveryFailed || !strings.Contains(d.Reason, "the peer does not take CT Image Storage") || len(p.got()) != 0 {
		t.Errorf("delivery is %s because %q", d.State, d.Reason)
	}
}

// A peer that has no room now is asked again, for what it did not take only.
func TestOutOfResourcesIsTriedAgain(t *testing.T) {
	refused := false
	p := &peer{}
	p.status = func(instance dcm.UID) (dimse.Status, bool) {
		if instance == "1.2.1" && !refused {
			refused = true
			return dimse.OutOfResources, true
		}
		return dimse.Success, true
	}
	p.listen(t)
	s := newSite(t, 3, p)
	d := s.deliver(t)[0]
	if diff := cmp.Diff([]dcm.UID{"1.2.0", "1.2.2", "1.2.1"}, p.got()); diff != "" || d.State != run.DeliverySent || d.Tries != 2 {
		t.Errorf("delivery is %s after %d tries, -want +got:\n%s", d.State, d.Tries, diff)
	}
}

// A peer that rejects is tried until it takes the association; a connection
// that broke is resumed at the unsent objects. Another destination is not
// delayed by it.
func TestRejectedThenBrokenThenSent(t *testing.T) {
	fine := &peer{}
	fine.listen(t)
	rejected := make(chan struct{})
	p := &peer{reject: dimse.LocalLimitExceeded(), rejected: sync.OnceFunc(func() { close(rejected) })}
	p.listen(t)
	broken := make(chan struct{})
	breakOnce := sync.OnceFunc(func() { close(broken) })
	p.status = func(instance dcm.UID) (dimse.Status, bool) {
		select {
		case <-broken:
			return dimse.Success, true
		default:
		}
		if instance == "1.2.2" {
			breakOnce()
			return 0, false
		}
		return dimse.Success, true
	}
	fine.status = func(instance dcm.UID) (dimse.Status, bool) {
		if instance == "1.2.3" { // its last object: it did not wait for the peer that rejects
			<-rejected
			p.mu.Lock()
			p.reject = nil
			p.mu.Unlock()
		}
		return dimse.Success, true
	}
	s := newSite(t, 4, p, fine)
	back := make(chan struct{})
	go func() {
		defer close(back)
		<-broken
		<-p.ended // it is gone, and comes back at its old address
		p.listen(t)
	}()
	deliveries := s.deliver(t)
	<-back
	for _, d := range deliveries {
		if d.State != run.DeliverySent {
			t.Errorf("delivery to %s is %s: %s", d.Destination.Name, d.State, d.Reason)
		}
	}
	seen := map[dcm.UID]bool{}
	for _, uid := range p.got() {
		seen[uid] = true
	}
	if len(seen) != 4 || deliveries[0].Tries < 2 {
		t.Errorf("the peer got %d of 4 objects in %d tries: it rejected, broke and came back", len(seen), deliveries[0].Tries)
	}
}

func TestGivenUp(t *testing.T) {
	p := &peer{reject: dimse.CalledAENotRecognized(), change: func(d *run.Delivery) { d.Since = -25 * time.Hour }}
	p.listen(t)
	s := newSite(t, 1, p)
	d := s.deliver(t)[0]
	if d.State != run.DeliveryFailed || !strings.Contains(d.Reason, "given up after 1 tries") || !strings.Contains(d.Reason, "called AE title not recognized") {
		t.Errorf("delivery is %s because %q", d.State, d.Reason)
	}
}

func TestUnknownDestination(t *testing.T) {
	s := newSite(t, 1, &peer{change: func(d *run.Delivery) { d.Destination.Host = "" }})
	var log bytes.Buffer
	s.Logger = hclog.New(&hclog.LoggerOptions{Output: &log})
	if d := s.deliver(t)[0]; d.State != run.DeliveryFailed || !strings.Contains(d.Reason, `the site has no destination "peer0"`) {
		t.Errorf("delivery is %s because %q", d.State, d.Reason)
	}
	if want := `reason="the site has no destination \"peer0\"" advice="add it, or change the flow"`; !strings.Contains(log.String(), want) {
		t.Errorf("no %s in\n%s", want, log.String())
	}
}

// What cannot be read of an output is told by the output's name, never by a
// file's.
func TestOutputsThatCannotBeListed(t *testing.T) {
	p := &peer{change: func(d *run.Delivery) { d.Since = -25 * time.Hour }}
	p.listen(t)
	s := newSite(t, 0, p)
	s.Outputs = func(context.Context, run.ID) ([]string, error) { return []string{"out/QX-7 GQ/dst"}, nil }
	want := "given up after 1 tries: list output dst: "
	if d := s.deliver(t)[0]; d.State != run.DeliveryFailed || !strings.HasPrefix(d.Reason, want) || strings.Contains(d.Reason, "QX-7") {
		t.Errorf("delivery is %s because %q, want %q …", d.State, d.Reason, want)
	}
}

// A link in an output that leads out of the run's folder is not followed,
// whoever made it.
func TestLinksAreNotFollowed(t *testing.T) {
	p := &peer{}
	p.listen(t)
	s := newSite(t, 1, p)
	secret := filepath.Join(t.TempDir(), "secret.dcm")
	content, err := os.ReadFile(filepath.Join(s.folder, "out", "000.dcm"))
	check(t, err)
	check(t, os.WriteFile(secret, content, 0o644))
	check(t, os.Symlink(secret, filepath.Join(s.folder, "out", "link.dcm")))
	if d := s.deliver(t)[0]; d.State != run.DeliverySent || d.Objects != 1 {
		t.Errorf("delivery is %s with %d objects: %s", d.State, d.Objects, s.states(t, d.ID))
	}
}
