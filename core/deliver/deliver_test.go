package deliver

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
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
	"github.com/raddeploy/raddeploy/core/state"
)

const ctImage dcm.UID = "1.2.840.10008.5.1.4.1.1.2"

// peer is a DICOM node whose behaviour a test sets.
type peer struct {
	mu       sync.Mutex
	reject   *dimse.Reject                               // of associations
	rejected func()                                      // called when it has rejected one
	accepts  func(dcm.UID) bool                          // of SOP classes
	status   func(instance dcm.UID) (dimse.Status, bool) // false: the connection breaks
	change   func(*run.Delivery)                         // of its delivery
	received []dcm.UID
	stop     context.CancelFunc
	address  netip.AddrPort
	ended    chan struct{}
}

func (p *peer) Store(ctx context.Context, r *dimse.StoreRequest) dimse.Status {
	_, _ = io.Copy(io.Discard, r.Data)
	status, ok := p.take(r.SOPInstanceUID)
	if !ok {
		p.stop()
		<-ctx.Done() // so that the connection breaks before the answer is sent
		return dimse.OutOfResources
	}
	return status
}

func (p *peer) take(instance dcm.UID) (status dimse.Status, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	status, ok = dimse.Success, true
	if p.status != nil {
		status, ok = p.status(instance)
	}
	if ok && !status.Failure() {
		p.received = append(p.received, instance)
	}
	return status, ok
}

func (p *peer) Released(context.Context) error { return nil }
func (p *peer) Aborted(error)                  {}

func (p *peer) admit() *dimse.Reject {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reject != nil && p.rejected != nil {
		p.rejected()
	}
	return p.reject
}

func (p *peer) got() []dcm.UID {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.received
}

// listen starts the peer, at the address that it had before if it had one.
func (p *peer) listen(t *testing.T) {
	t.Helper()
	address := "127.0.0.1:0"
	if p.address.IsValid() {
		address = p.address.String()
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	p.address = netip.MustParseAddrPort(listener.Addr().String())
	var ctx context.Context
	ctx, p.stop = context.WithCancel(context.Background())
	server := &dimse.Server{
		Admit:      func(*dimse.AssociateRequest) *dimse.Reject { return p.admit() },
		Accepts:    p.accepts,
		NewSession: func(context.Context, *dimse.Association) (dimse.Session, *dimse.Reject) { return p, nil },
		Grace:      time.Millisecond,
	}
	ended, stop := make(chan struct{}), p.stop
	p.ended = ended
	go func() { defer close(ended); _ = server.Serve(ctx, listener) }()
	t.Cleanup(func() { stop(); <-ended })
}

// site is a database with one run whose output is to be delivered.
type site struct {
	*Deliverer
	run    run.ID
	folder string
}

func newSite(t *testing.T, objects int, to ...*peer) *site {
	t.Helper()
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	check(t, err)
	t.Cleanup(func() { db.Close() })
	s := &site{Deliverer: New(), folder: t.TempDir()}
	s.DB, s.CallingAE, s.Logger = db, "RADDEPLOY", hclog.NewNullLogger()
	s.Pause = Pause{First: 20 * time.Millisecond, Longest: 50 * time.Millisecond}
	s.Folder = func(run.ID) string { return s.folder }
	s.Outputs = func(context.Context, run.ID) ([]string, error) { return []string{"out"}, nil }
	for i := range objects {
		s.write(t, fmt.Sprintf("%03d.dcm", i), ctImage, dcm.UID(fmt.Sprintf("1.2.%d", i)), dcm.ExplicitVRLittleEndian)
	}
	a := run.Arrival{ID: run.NewArrivalID(), Opened: time.Now()}
	check(t, db.OpenArrival(t.Context(), a))
	check(t, db.CloseArrival(t.Context(), a.ID, run.Complete, "", time.Now(), nil))
	r := run.Run{ID: run.NewID(), Definition: []byte("{}"), Created: time.Now()}
	check(t, db.SetMatched(t.Context(), a.ID, nil, "", []run.Run{r}, [][]string{{"model"}}))
	attempt := run.Attempt{ID: run.AttemptOf(r.ID, 0, 1), Run: r.ID, Number: 1, Intended: time.Now()}
	check(t, db.Intend(t.Context(), attempt))
	settlement := state.Settlement{Run: r.ID, Attempt: &attempt, At: time.Now(), State: run.Sending, Tasks: []run.Task{{State: run.Succeeded}}}
	for i, p := range to {
		destination := run.Destination{Name: fmt.Sprintf("peer%d", i), Host: p.address.Addr().String(), Port: int(p.address.Port()), AETitle: "PEER"}
		d := run.Delivery{Destination: destination, NextTry: time.Now(), GiveUp: time.Now().Add(time.Hour)}
		if p.change != nil {
			p.change(&d)
		}
		settlement.Deliveries = append(settlement.Deliveries, d)
	}
	check(t, db.Settle(t.Context(), settlement))
	s.run = r.ID
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *site) write(t *testing.T, name string, class, instance, syntax dcm.UID) {
	t.Helper()
	check(t, os.MkdirAll(filepath.Join(s.folder, "out"), 0o755))
	file, err := os.Create(filepath.Join(s.folder, "out", name))
	check(t, err)
	defer file.Close()
	_, err = dcm.WriteFileMeta(file, dcm.FileMeta{SOPClass: class, SOPInstance: instance, TransferSyntax: syntax})
	check(t, err)
	_, err = file.Write([]byte("\x08\x00\x60\x00CS\x02\x00CT")) // (0008,0060) Modality
	check(t, err)
}

// deliver runs the deliverer until every delivery has ended and returns them.
func (s *site) deliver(t *testing.T) []run.Delivery {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	defer func() { stop(); check(t, <-ended) }()
	for ctx.Err() == nil {
		open, err := s.DB.OpenDeliveries(ctx)
		check(t, err)
		if len(open) == 0 {
			break
		}
		time.Sleep(2 * time.Millisecond) // it is the database that is waited for: there is no event
	}
	all, err := s.DB.Deliveries(t.Context(), s.run)
	check(t, err)
	return all
}

func (s *site) states(t *testing.T, delivery int64) string {
	t.Helper()
	objects, _, err := s.DB.DeliveryObjects(t.Context(), delivery)
	check(t, err)
	var states []string
	for _, o := range objects {
		states = append(states, fmt.Sprintf("%s %s %04X", filepath.Base(o.File), o.State, o.Status))
	}
	return strings.Join(states, ", ")
}

func (s *site) runState(t *testing.T) run.State {
	t.Helper()
	r, err := s.DB.Run(t.Context(), string(s.run))
	check(t, err)
	return r.State
}

func TestSent(t *testing.T) {
	p := &peer{}
	p.listen(t)
	s := newSite(t, 3, p)
	check(t, os.WriteFile(filepath.Join(s.folder, "out", "report.txt"), []byte("no DICOM"), 0o644))
	d := s.deliver(t)[0]
	if d.State != run.Sent || len(p.got()) != 3 || s.runState(t) != run.Done {
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
	if d := s.deliver(t)[0]; d.State != run.Sent || s.states(t, d.ID) != "000.dcm sent B000" {
		t.Errorf("delivery is %s: %s", d.State, s.states(t, d.ID))
	}
}

// What a peer refuses for good is never recorded as sent and never tried again; the rest is sent.
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
	if d.State != run.Failed || s.runState(t) != run.Failed || tries != 1 {
		t.Errorf("delivery is %s, the run is %s, after %d tries", d.State, s.runState(t), tries)
	}
	if got, want := s.states(t, d.ID), "000.dcm sent 0000, 001.dcm failed C000, 002.dcm sent 0000"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if want := "1 of 3 objects refused, the last because: the peer answered C000 (cannot understand)"; d.Reason != want {
		t.Errorf("reason %q, want %q", d.Reason, want)
	}
}

func TestRefusedContext(t *testing.T) {
	p := &peer{accepts: func(dcm.UID) bool { return false }}
	p.listen(t)
	s := newSite(t, 1, p)
	d := s.deliver(t)[0]
	if d.State != run.Failed || !strings.Contains(d.Reason, "enable both there") || len(p.got()) != 0 {
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
	if diff := cmp.Diff([]dcm.UID{"1.2.0", "1.2.2", "1.2.1"}, p.got()); diff != "" || d.State != run.Sent || d.Tries != 2 {
		t.Errorf("delivery is %s after %d tries, -want +got:\n%s", d.State, d.Tries, diff)
	}
}

// A peer that rejects is tried until it takes the association; a connection that broke is resumed at the unsent objects. Another
// destination is not delayed by it.
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
		if d.State != run.Sent {
			t.Errorf("delivery to %s is %s: %s", d.Destination.Name, d.State, d.Reason)
		}
	}
	seen := map[dcm.UID]bool{}
	for _, uid := range p.got() {
		seen[uid] = true
	}
	if len(seen) != 4 || deliveries[0].Tries < 3 {
		t.Errorf("the peer got %d of 4 objects in %d tries: it rejected, broke and came back", len(seen), deliveries[0].Tries)
	}
}

func TestGivenUp(t *testing.T) {
	p := &peer{reject: dimse.CalledAENotRecognized(), change: func(d *run.Delivery) { d.GiveUp = time.Now() }}
	p.listen(t)
	s := newSite(t, 1, p)
	d := s.deliver(t)[0]
	if d.State != run.Failed || !strings.Contains(d.Reason, "given up after 1 tries") || !strings.Contains(d.Reason, "called AE title not recognized") {
		t.Errorf("delivery is %s because %q", d.State, d.Reason)
	}
}

func TestUnknownDestination(t *testing.T) {
	s := newSite(t, 1, &peer{change: func(d *run.Delivery) { d.Destination.Host = "" }})
	if d := s.deliver(t)[0]; d.State != run.Failed || !strings.Contains(d.Reason, `the site has no destination "peer0"`) {
		t.Errorf("delivery is %s because %q", d.State, d.Reason)
	}
}

// A link in an output that leads out of the run's folder is not followed, whoever made it.
func TestLinksAreNotFollowed(t *testing.T) {
	p := &peer{}
	p.listen(t)
	s := newSite(t, 1, p)
	secret := filepath.Join(t.TempDir(), "secret.dcm")
	content, err := os.ReadFile(filepath.Join(s.folder, "out", "000.dcm"))
	check(t, err)
	check(t, os.WriteFile(secret, content, 0o644))
	check(t, os.Symlink(secret, filepath.Join(s.folder, "out", "link.dcm")))
	if d := s.deliver(t)[0]; d.State != run.Sent || d.Objects != 1 {
		t.Errorf("delivery is %s with %d objects: %s", d.State, d.Objects, s.states(t, d.ID))
	}
}
