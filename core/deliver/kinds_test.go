package deliver

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
)

// What a model may write beside good objects is listed as what it is, and keeps
// none of them from being sent.
func TestWhatCannotBeSent(t *testing.T) {
	p := &peer{}
	p.listen(t)
	s := newSite(t, 2, p)
	put := func(name, content string) {
		t.Helper()
		check(t, os.WriteFile(filepath.Join(s.folder, "out", name), []byte(content), 0o644))
	}
	s.write(t, "letters.dcm", ctImage, "1.2.abc", dcm.ExplicitVRLittleEndian)
	s.write(t, "long.dcm", ctImage, dcm.UID("1."+strings.Repeat("2", 63)), dcm.ExplicitVRLittleEndian)
	whole, err := os.ReadFile(filepath.Join(s.folder, "out", "000.dcm"))
	check(t, err)
	put("cut.dcm", string(whole[:len(whole)-1]))
	put("empty.dcm", string(whole[:len(whole)-10]))
	put("report.txt", "not DICOM")
	s.write(t, "DICOMDIR", "1.2.840.10008.1.3.10", "1.2.9", dcm.ExplicitVRLittleEndian)
	d := s.deliver(t)[0]
	want := "000.dcm sent 0000, 001.dcm sent 0000, DICOMDIR not-dicom 0000, cut.dcm failed 0000, empty.dcm failed 0000, letters.dcm failed 0000, long.dcm failed 0000, report.txt not-dicom 0000"
	if got := s.states(t, d.ID); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if want := "4 of 8 objects not sent"; d.State != run.DeliveryFailed || !strings.HasPrefix(d.Reason, want) || d.Tries != 1 || len(p.got()) != 2 {
		t.Errorf("delivery is %s after %d tries because %q; the peer got %d", d.State, d.Tries, d.Reason, len(p.got()))
	}
	objects, _, err := s.db.DeliveryObjects(t.Context(), d.ID)
	check(t, err)
	for _, o := range objects {
		if o.State != run.ObjectSent && o.Reason == "" {
			t.Errorf("%s is %s without a reason", o.File, o.State)
		}
	}
}

// A DICOMDIR or a text among objects does not make a delivery fail.
func TestThingsBesideObjects(t *testing.T) {
	p := &peer{}
	p.listen(t)
	s := newSite(t, 1, p)
	s.write(t, "DICOMDIR", "1.2.840.10008.1.3.10", "1.2.9", dcm.ExplicitVRLittleEndian)
	if d := s.deliver(t)[0]; d.State != run.DeliverySent || s.states(t, d.ID) != "000.dcm sent 0000, DICOMDIR not-dicom 0000" {
		t.Errorf("delivery is %s: %s", d.State, s.states(t, d.ID))
	}
}

// A file that cannot be read, as on a disk that fails, keeps no other from being
// sent.
func TestAFileThatCannotBeRead(t *testing.T) {
	p := &peer{}
	p.listen(t)
	s := newSite(t, 1, p)
	bad := filepath.Join(s.folder, "out", "bad.dcm")
	writeObject(t, bad, ctImage, "1.2.77", dcm.ExplicitVRLittleEndian)
	// the memory of a process cannot be read at 0: an I/O error
	if err := unix.Mount("/proc/self/mem", bad, "", unix.MS_BIND, ""); errors.Is(err, unix.EPERM) {
		t.Skip("only root can have a file fail")
	} else {
		check(t, err)
	}
	t.Cleanup(func() { _ = unix.Unmount(bad, unix.MNT_DETACH) })
	if d := s.deliver(t)[0]; d.State != run.DeliveryFailed || len(p.got()) != 1 || !strings.Contains(s.states(t, d.ID), "bad.dcm failed") {
		t.Errorf("delivery is %s because %q: %s", d.State, d.Reason, s.states(t, d.ID))
	}
}

// Names of files and folders are bytes, and need not be UTF-8.
func TestNamesThatAreNotUTF8(t *testing.T) {
	p := &peer{}
	p.listen(t)
	s := newSite(t, 1, p)
	folder := filepath.Join(s.folder, "out", "S\xe9rie 1", "a\\b")
	check(t, os.MkdirAll(folder, 0o755))
	writeObject(t, filepath.Join(folder, "\xff\xfe.dcm"), ctImage, "1.2.77", dcm.ExplicitVRLittleEndian)
	writeObject(t, filepath.Join(folder, "line\nbreak.dcm"), ctImage, "1.2.78", dcm.ExplicitVRLittleEndian)
	if d := s.deliver(t)[0]; d.State != run.DeliverySent || len(p.got()) != 3 || d.Tries != 1 {
		t.Errorf("delivery is %s because %q after %d tries: %s", d.State, d.Reason, d.Tries, s.states(t, d.ID))
	}
}

// Deliveries that one source port is fixed for do not wait for a destination that
// says nothing.
func TestASourcePortAndADestinationThatStalls(t *testing.T) {
	stay := make(chan struct{})
	stalls := &peer{status: func(dcm.UID) (dimse.Status, bool) { <-stay; return dimse.Success, true }}
	stalls.listen(t)
	got := make(chan dcm.UID, 10)
	fine := &peer{status: func(instance dcm.UID) (dimse.Status, bool) {
		got <- instance
		return dimse.Success, true
	}}
	fine.listen(t)
	s := newSite(t, 3, stalls, fine)
	known := config.Destinations{{Name: "peer0"}, {Name: "peer1"}}
	for i, p := range []*peer{stalls, fine} {
		known[i] = config.Destination{Name: known[i].Name, Host: p.address.Addr().String(), Port: int(p.address.Port()), AETitle: "PEER", Associations: 3}
	}
	port := freePort(t)
	outward := access.Outward{CallingAE: "RADDEPLOY", SourcePort: port, Destinations: func() config.Destinations { return known }}
	s.Sender = &Associations{Dialer: outward.Dialer, SourcePort: port}
	ended := make(chan []run.Delivery)
	go func() { ended <- s.deliver(t) }()
	for range 3 { // while the other one stalls
		select {
		case <-got:
		case <-time.After(20 * time.Second):
			t.Error("the good destination waits for the one that stalls")
		}
	}
	close(stay)
	for _, d := range <-ended {
		if d.State != run.DeliverySent || d.Tries != 1 {
			t.Errorf("delivery to %s is %s after %d tries: %s", d.Destination.Name, d.State, d.Tries, d.Reason)
		}
	}
}

// freePort finds a port that nobody has, outside of those that the system gives to
// connections.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 12000 + rand.N(20000)
		if listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			check(t, listener.Close())
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}
