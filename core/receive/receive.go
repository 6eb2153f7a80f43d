// Package receive turns DICOM associations into files and arrivals.
//
// In come associations from package dimse, and of each its objects as streams
// of bytes. Out go files of the spool, the rows of objects, and the end of the
// association, which closes its arrival (package assemble says with what
// outcome). An object's header is read on the way past. Success is answered when
// the file is on stable storage, and a release when the arrival's end is.
//
// The package must not change a byte of an object, log what an object says, or
// decide about flows.
package receive

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

// Arrivals records objects and the ends of associations. Each call returns when
// its record is on stable storage.
type Arrivals interface {
	Open(ctx context.Context, arrival run.Arrival) error
	Add(ctx context.Context, arrival run.ArrivalID, objects []run.Object) error
	// Released ends an arrival whose association was released, Aborted one
	// whose association broke off. Last are the objects that were not added
	// yet.
	Released(ctx context.Context, arrival run.ArrivalID, last []run.Object) error
	Aborted(ctx context.Context, arrival run.ArrivalID, last []run.Object, reason string) error
}

// Receiver makes arrivals of associations.
type Receiver struct {
	Spool    *spool.Spool
	Arrivals Arrivals
	// Reserve is what of the disk stays free: below it, associations and objects
	// are refused for now.
	Reserve *spool.Reserve
	// Prompt says whether objects are to be recorded soon after they came, and
	// not only when many have or the association ends. Nil: they are not.
	Prompt func() bool
	// Ended is called after an association has ended, and counts as open no more.
	// Nil: nothing is.
	Ended func()
	// Counted returns what is told of each object that a sender sends: its bytes
	// if it was stored, or else the status that refused it. Nil: nothing is.
	Counted func(run.Sender) Counted
	Logger  hclog.Logger

	mu       sync.Mutex
	open     map[run.ArrivalID]*sent
	released map[run.ArrivalID]bool // whose release could not be recorded
}

// Counted is told of an object.
type Counted func(bytes int64, status dimse.Status)

// NewSession serves a new association. It is dimse.Server's hook.
func (r *Receiver) NewSession(_ context.Context, a *dimse.Association) (dimse.Session, *dimse.Reject) {
	if err := r.Reserve.Check(); err != nil && !commitsAlone(a) {
		r.Logger.Error("refusing an association", "peer", a.RemoteAddr, "calling", a.CallingAE, "called", a.CalledAE, "error", err)
		return nil, dimse.LocalLimitExceeded().Because("the disk has less free than the reserve, which retention { reserve } says")
	}
	s := &session{receiver: r, refused: a.Refused, sender: access.SenderOf(a.CallingAE, a.CalledAE, a.RemoteAddr)}
	if s.counted = func(int64, dimse.Status) {}; r.Counted != nil {
		s.counted = r.Counted(s.sender)
	}
	return s, nil
}

// commitsAlone reports whether an association is for storage commitment and no object
// can come on it.
func commitsAlone(a *dimse.Association) bool {
	commits := false
	for _, c := range a.Contexts {
		switch c.AbstractSyntax {
		case dcm.StorageCommitment:
			commits = true
		case dcm.Verification:
		default:
			return false
		}
	}
	return commits
}

// Open reports whether an arrival's association is open.
func (r *Receiver) Open(arrival run.ArrivalID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open[arrival] != nil
}

// Released reports whether an arrival that is still recorded as being received
// was released by its sender.
func (r *Receiver) Released(arrival run.ArrivalID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.released[arrival]
}

func (r *Receiver) remember(released run.ArrivalID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.released == nil {
		r.released = make(map[run.ArrivalID]bool)
	}
	r.released[released] = true
}

// begin opens an arrival and its folder. The arrival counts as open before its
// row exists, so that the row is not taken for one that an earlier agent left.
func (r *Receiver) begin(ctx context.Context, sender run.Sender, refused []dcm.UID) (run.ArrivalID, *spool.Folder, error) {
	arrival := run.Arrival{ID: run.NewArrivalID(), Sender: sender, Refused: refused, Opened: time.Now()}
	r.keep(arrival.ID, sender)
	if err := r.Arrivals.Open(ctx, arrival); err != nil {
		r.drop(arrival.ID)
		return "", nil, err
	}
	folder, err := r.Spool.Folder(arrival.ID)
	if err != nil {
		r.drop(arrival.ID)
		return "", nil, err
	}
	return arrival.ID, folder, nil
}
