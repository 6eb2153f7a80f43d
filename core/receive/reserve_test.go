package receive

import (
	"bytes"
	"context"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/testdisk"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

// arrivals records nothing but how many objects there were.
type arrivals struct {
	objects int
	fails   error // of the next calls; nil: they do not
}

func (a *arrivals) Open(context.Context, run.Arrival) error { return nil }
func (a *arrivals) Add(_ context.Context, _ run.ArrivalID, objects []run.Object) error {
	if a.fails != nil {
		return a.fails
	}
	a.objects += len(objects)
	return nil
}
func (a *arrivals) Released(ctx context.Context, id run.ArrivalID, last []run.Object) error {
	return a.Add(ctx, id, last)
}
func (a *arrivals) Aborted(ctx context.Context, id run.ArrivalID, last []run.Object, _ string) error {
	return a.Add(ctx, id, last)
}

// pixels is a data set of so many bytes of pixel data. It calls during when half
// of them are read.
func pixels(size int, during func()) *dimse.StoreRequest {
	header := []byte{0xe0, 0x7f, 0x10, 0x00, 'O', 'B', 0, 0, byte(size), byte(size >> 8), byte(size >> 16), byte(size >> 24)}
	half := func() []byte { return make([]byte, size/2) }
	return &dimse.StoreRequest{
		SOPClassUID: "1.2.840.10008.5.1.4.1.1.2", SOPInstanceUID: "1.2.3", TransferSyntaxUID: dcm.ExplicitVRLittleEndian,
		Data: &dataset{io.MultiReader(bytes.NewReader(header), bytes.NewReader(half()), &call{during}, bytes.NewReader(half()))},
	}
}

type dataset struct{ io.Reader }

func (d *dataset) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, d.Reader) }

type call struct{ do func() }

func (c *call) Read([]byte) (int, error) { c.do(); return 0, io.EOF }

func newReceiver(t *testing.T, dir string, reserve *spool.Reserve) (*Receiver, *arrivals, string) {
	t.Helper()
	files, err := spool.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	kept := &arrivals{}
	return &Receiver{Spool: files, Arrivals: kept, Reserve: reserve, Logger: hclog.NewNullLogger()}, kept, files.Path("")
}

func open(t *testing.T, r *Receiver) dimse.Session {
	t.Helper()
	session, reject := r.NewSession(t.Context(), &dimse.Association{CallingAE: "CT1", RemoteAddr: netip.MustParseAddrPort("10.1.0.7:104")})
	if reject != nil {
		t.Fatal("refused:", reject)
	}
	return session
}

// bytesOf is how many bytes of objects there are, and how many files.
func bytesOf(t *testing.T, folder string) (bytes int64, files int) {
	t.Helper()
	err := filepath.Walk(folder, func(_ string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			bytes, files = bytes+info.Size(), files+1
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return bytes, files
}

// The disk may fill while an object comes in, by this object or by others: it is
// refused as one to be sent again, and none of it is left.
func TestAnObjectStopsAtTheReserve(t *testing.T) {
	const size = 6 << 20
	var free atomic.Uint64
	free.Store(100 << 20)
	reserve := spool.NewReserve(10<<20, func() (uint64, error) { return free.Load(), nil })
	receiver, kept, folder := newReceiver(t, t.TempDir(), reserve)
	session := open(t, receiver)
	if status := session.Store(t.Context(), pixels(size, func() {})); status != dimse.Success {
		t.Fatalf("with space: %v", status)
	}
	before, _ := bytesOf(t, folder)
	if status := session.Store(t.Context(), pixels(size, func() { free.Store(10<<20 - 1) })); status != dimse.OutOfResources {
		t.Errorf("an object that meets the reserve was answered %v, want A700", status)
	}
	if after, _ := bytesOf(t, folder); after != before {
		t.Errorf("%d bytes of it are left", after-before)
	}
	if status := session.Store(t.Context(), pixels(size, func() { t.Error("read below the reserve") })); status != dimse.OutOfResources {
		t.Errorf("an object below the reserve was answered %v, want A700", status)
	}
	if _, reject := receiver.NewSession(t.Context(), &dimse.Association{}); reject == nil {
		t.Error("an association was accepted below the reserve")
	}
	free.Store(100 << 20)
	if status := session.Store(t.Context(), pixels(size, func() {})); status != dimse.Success {
		t.Errorf("with space again: %v", status)
	}
	if err := session.Released(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, files := bytesOf(t, folder); kept.objects != 2 || files != 2 {
		t.Errorf("%d objects are recorded in %d files, want 2", kept.objects, files)
	}
}

// What is asked or reported about storage commitment needs no room for objects, and
// reports are what lets retention make room.
func TestCommitmentBelowTheReserve(t *testing.T) {
	receiver, _, _ := newReceiver(t, t.TempDir(), spool.NewReserve(2, func() (uint64, error) { return 1, nil }))
	for _, test := range []struct {
		contexts []dcm.UID
		want     bool
	}{
		{[]dcm.UID{dcm.StorageCommitment}, true},
		{[]dcm.UID{dcm.Verification, dcm.StorageCommitment}, true},
		{[]dcm.UID{dcm.StorageCommitment, "1.2.840.10008.5.1.4.1.1.2"}, false},
		{[]dcm.UID{"1.2.840.10008.5.1.4.1.1.2"}, false},
		{[]dcm.UID{dcm.Verification}, false},
	} {
		a := &dimse.Association{}
		for _, uid := range test.contexts {
			a.Contexts = append(a.Contexts, dimse.AcceptedContext{AbstractSyntax: uid})
		}
		if _, reject := receiver.NewSession(t.Context(), a); (reject == nil) != test.want {
			t.Errorf("for %v: %v", test.contexts, reject)
		}
	}
}

func TestAnObjectLargerThanTheDiskLeavesNothing(t *testing.T) {
	disk := testdisk.New(t, 16<<20)
	receiver, kept, folder := newReceiver(t, disk, spool.NewReserve(4<<20, spool.FreeIn(disk)))
	session := open(t, receiver)
	for range 3 {
		if status := session.Store(t.Context(), pixels(64<<20, func() { t.Error("the whole object was read") })); status != dimse.OutOfResources {
			t.Errorf("answered %v, want A700", status)
		}
		if bytes, _ := bytesOf(t, folder); bytes > 0 {
			t.Errorf("%d bytes are left", bytes)
		}
	}
	if status := session.Store(t.Context(), pixels(1<<20, func() {})); status != dimse.Success {
		t.Errorf("a small object was answered %v", status)
	}
	if err := session.Released(t.Context()); err != nil || kept.objects != 1 {
		t.Error(err, kept.objects)
	}
}
