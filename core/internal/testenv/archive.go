package testenv

import (
	"context"
	"io"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
)

// Archive is a destination that does whatever a test wants, and remembers
// everything.
type Archive struct {
	// Admit refuses associations, Accepts presentation contexts; nil takes all.
	// They are set before Listen.
	Admit   func() *dimse.Reject
	Accepts func(dcm.UID) bool
	// Store answers the nth object, from 0, in the order in which they came;
	// nil keeps them all.
	Store func(n int) dimse.Status

	t    testing.TB
	port int

	mu           sync.Mutex
	associations int
	asked        int
	kept         []Kept
}

// Kept is an object that an archive answered with success or a warning.
type Kept struct {
	Instance dcm.UID
	Dataset  string
}

// Listen starts an archive on a free port until the test ends.
func (a *Archive) Listen(t testing.TB) *Archive {
	t.Helper()
	a.t = t
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a.port = listener.Addr().(*net.TCPAddr).Port
	server := &dimse.Server{Admit: a.admit, Accepts: a.Accepts, NewSession: a.session}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := inTime(ended); err != nil {
			t.Errorf("archive: %v", err)
		}
	})
	return a
}

// Destination is the archive as an entry of a flow's destinations.
func (a *Archive) Destination() string { return Destination(a.port) }

// Port is where it listens.
func (a *Archive) Port() int { return a.port }

// Kept are the objects that were kept, in the order in which they came.
func (a *Archive) Kept() []Kept {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.kept)
}

// Asked is how many associations were requested and how many objects were sent.
func (a *Archive) Asked() (associations, objects int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.associations, a.asked
}

func (a *Archive) admit(*dimse.AssociateRequest) *dimse.Reject {
	a.mu.Lock()
	a.associations++
	a.mu.Unlock()
	if a.Admit == nil {
		return nil
	}
	return a.Admit()
}

func (a *Archive) session(context.Context, *dimse.Association) (dimse.Session, *dimse.Reject) {
	return archiveSession{a}, nil
}

type archiveSession struct{ *Archive }

func (s archiveSession) Store(_ context.Context, r *dimse.StoreRequest) dimse.Status {
	dataset, err := io.ReadAll(r.Data)
	if err != nil {
		return dimse.ProcessingFailure
	}
	s.mu.Lock()
	n := s.asked
	s.asked++
	s.mu.Unlock()
	status := dimse.Success
	if s.Archive.Store != nil {
		status = s.Archive.Store(n)
	}
	if !status.Failure() {
		s.mu.Lock()
		s.kept = append(s.kept, Kept{r.SOPInstanceUID, string(dataset)})
		s.mu.Unlock()
	}
	return status
}

func (archiveSession) Released(context.Context) error { return nil }
func (archiveSession) Aborted(error)                  {}
