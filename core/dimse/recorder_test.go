package dimse_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
)

// stored is one object that a recorder took.
type stored struct {
	SOPClassUID, SOPInstanceUID, TransferSyntaxUID dcm.UID
	Size                                           int64
	Sum                                            [sha256.Size]byte
	Err                                            error
}

// recorder is a receiver that keeps a sum of each object and how each
// association ended.
type recorder struct {
	store    func(ctx context.Context, r *dimse.StoreRequest) dimse.Status // nil = sum it up
	released func() error                                                  // nil = agree

	mu      sync.Mutex
	objects []stored
	ends    chan error // nil = released
	opened  chan *dimse.Association
}

func newRecorder() *recorder {
	return &recorder{ends: make(chan error, 100), opened: make(chan *dimse.Association, 100)}
}

func (r *recorder) NewSession(_ context.Context, a *dimse.Association) (dimse.Session, *dimse.Reject) {
	r.opened <- a
	return &recording{r}, nil
}

func (r *recorder) add(o stored) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.objects = append(r.objects, o)
}

// taken returns the objects so far.
func (r *recorder) taken() []stored {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]stored(nil), r.objects...)
}

// end waits for the next association to end and returns how.
func (r *recorder) end(t testing.TB) error {
	t.Helper()
	select {
	case err := <-r.ends:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("no association ended")
		return nil
	}
}

type recording struct{ *recorder }

func (r *recording) Store(ctx context.Context, rq *dimse.StoreRequest) dimse.Status {
	if r.store != nil {
		return r.store(ctx, rq)
	}
	sum := sha256.New()
	n, err := rq.Data.WriteTo(sum)
	o := stored{rq.SOPClassUID, rq.SOPInstanceUID, rq.TransferSyntaxUID, n, [sha256.Size]byte{}, err}
	copy(o.Sum[:], sum.Sum(nil))
	r.add(o)
	if err != nil {
		return dimse.ProcessingFailure
	}
	return dimse.Success
}

func (r *recording) Released(context.Context) error {
	var err error
	if r.released != nil {
		err = r.released()
	}
	r.ends <- err
	return err
}

func (r *recording) Aborted(reason error) {
	if reason == nil {
		reason = errors.New("aborted without a reason")
	}
	r.ends <- reason
}

// serve starts a server for the length of the test and returns its address. The
// test fails if it does not stop.
func serve(t testing.TB, s *dimse.Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if s.Grace == 0 {
		s.Grace = time.Millisecond
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("Serve: %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Error("Serve did not return after its context had ended")
		}
	})
	return l.Addr().String()
}

const (
	ctImage   dcm.UID = "1.2.840.10008.5.1.4.1.1.2"
	aPrivate  dcm.UID = "1.2.826.0.1.3680043.2.1.5"
	jpegLossy dcm.UID = "1.2.840.10008.1.2.4.50"
)

// storage proposes one SOP class in one transfer syntax, and Verification.
func storage() []dimse.PresentationContext {
	return []dimse.PresentationContext{
		{AbstractSyntax: dcm.Verification, TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}},
		{AbstractSyntax: ctImage, TransferSyntaxes: []dcm.UID{dcm.ExplicitVRLittleEndian}},
	}
}

func dial(t testing.TB, d *dimse.Dialer, addr string, contexts []dimse.PresentationContext) *dimse.Conn {
	t.Helper()
	c, err := d.Dial(t.Context(), addr, contexts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Abort)
	return c
}

// pattern is a data set of n bytes, made up as it is read.
func pattern(n int64) io.Reader { return io.LimitReader(&counter{}, n) }

type counter struct{ n uint32 }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		c.n = c.n*1664525 + 1013904223
		p[i] = byte(c.n >> 24)
	}
	return len(p), nil
}

func sumOf(n int64) (sum [sha256.Size]byte) {
	h := sha256.New()
	_, _ = io.Copy(h, pattern(n))
	copy(sum[:], h.Sum(nil))
	return sum
}

func instance(i int) dcm.UID { return dcm.UID(fmt.Sprintf("1.2.826.0.1.3680043.2.1.6.%d", i)) }

func message(i int, size int64) dimse.StoreMessage {
	return dimse.StoreMessage{
		SOPClassUID: ctImage, SOPInstanceUID: instance(i), TransferSyntaxUID: dcm.ExplicitVRLittleEndian,
		Data: pattern(size), Size: size,
	}
}
