//go:build linux

package receive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

const ctImage dcm.UID = "1.2.840.10008.5.1.4.1.1.2"

const openFiles = 256 // that the process of a receiver may have

// TestFewFiles receives in a process that may have few files open, and more
// associations than that is enough for: each object that was answered with Success is
// whole on the disk, whatever was refused was refused for now, and afterwards it
// receives as before.
func TestFewFiles(t *testing.T) {
	if dir := os.Getenv("RECEIVE_INTO"); dir != "" {
		receiveInto(t, dir)
		return
	}
	dir := t.TempDir()
	server := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFewFiles$")
	server.Env = append(os.Environ(), "RECEIVE_INTO="+dir)
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stop, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	var addr string
	if _, err := fmt.Fscanln(out, &addr); err != nil {
		t.Fatal(err)
	}
	var kept, refused atomic.Int64
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			for try := range 2 {
				sendTo(t, addr, fmt.Sprintf("1.2.%d.%d", i, try), 12, &kept, &refused)
			}
		})
	}
	all.Wait()
	if kept.Load() == 0 {
		t.Error("nothing was received")
	}
	before := kept.Load()
	t.Logf("%d objects kept and %d refused with %d files", before, refused.Load(), openFiles)
	for began := time.Now(); kept.Load() < before+20 && time.Since(began) < time.Minute; {
		sendTo(t, addr, "1.2.100", 20, &kept, &refused)
	}
	if kept.Load() < before+20 {
		t.Error("it does not receive any more")
	}
	_ = stop.Close()
	rest, _ := io.ReadAll(out)
	if err := server.Wait(); err != nil {
		t.Fatalf("the receiver died: %v\n%s", err, rest)
	}
	files, err := spool.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var whole int64
	for _, arrival := range arrivalsIn(t, files) {
		objects, err := files.Recover(arrival, func(string) bool { return false })
		if err != nil {
			t.Error(err)
		}
		whole += int64(len(objects))
	}
	if whole < kept.Load() {
		t.Errorf("%d objects were answered with Success, and %d are on the disk", kept.Load(), whole)
	}
}

// sendTo sends objects over one association.
func sendTo(t *testing.T, addr, uid string, objects int, kept, refused *atomic.Int64) {
	dialer := &dimse.Dialer{Timeout: 20 * time.Second}
	c, err := dialer.Dial(t.Context(), addr, []dimse.PresentationContext{{AbstractSyntax: ctImage, TransferSyntaxes: []dcm.UID{dcm.ExplicitVRLittleEndian}}})
	if err != nil {
		refused.Add(1)
		var rejected *dimse.RejectedError
		if errors.As(err, &rejected) && !rejected.Reject.Transient() {
			t.Errorf("rejected for good: %v", err)
		}
		return
	}
	defer c.Abort()
	data := append([]byte("\x08\x00\x60\x00CS\x02\x00CT\xe0\x7f\x10\x00OB\x00\x00\x00\x10\x00\x00"), make([]byte, 0x1000)...)
	for i := range objects {
		status, err := c.Store(t.Context(), dimse.StoreMessage{SOPClassUID: ctImage, SOPInstanceUID: dcm.UID(fmt.Sprintf("%s.%d", uid, i)),
			TransferSyntaxUID: dcm.ExplicitVRLittleEndian, Data: bytes.NewReader(data), Size: int64(len(data))})
		switch {
		case err != nil:
			refused.Add(1)
			return
		case status.Success():
			kept.Add(1)
		default:
			refused.Add(1)
			if !status.Retryable() {
				t.Errorf("an object is refused for good: %v", status)
			}
		}
	}
	_ = c.Release(t.Context())
}

// receiveInto is the process that may have few files open. It ends when its standard
// input does.
func receiveInto(t *testing.T, dir string) {
	limit := syscall.Rlimit{Cur: openFiles, Max: openFiles}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	receiver, _, _ := newReceiver(t, dir, spool.NewReserve(1, func() (uint64, error) { return 1 << 40, nil }))
	receiver.Arrivals = &counting{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	fmt.Println(l.Addr())
	if err := (&dimse.Server{NewSession: receiver.NewSession}).Serve(ctx, l); err != nil {
		t.Fatal(err)
	}
}

// counting records nothing, for any number of associations.
type counting struct{}

func (*counting) Open(context.Context, run.Arrival) error                            { return nil }
func (*counting) Add(context.Context, run.ArrivalID, []run.Object) error             { return nil }
func (*counting) Released(context.Context, run.ArrivalID, []run.Object) error        { return nil }
func (*counting) Aborted(context.Context, run.ArrivalID, []run.Object, string) error { return nil }

func arrivalsIn(t *testing.T, files *spool.Spool) (all []run.ArrivalID) {
	t.Helper()
	entries, err := os.ReadDir(files.Path(""))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		all = append(all, run.ArrivalID(entry.Name()))
	}
	return all
}
