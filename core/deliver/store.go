package deliver

import (
	"context"
	"os"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/scu"
)

// Store records deliveries and their objects. What it has recorded outlives a
// crash. A change that comes too late is a [run.StateError].
type Store interface {
	Deliveries
	Objects
	Uncommitted
}

// Deliveries records which deliveries there are and how far they are.
type Deliveries interface {
	// NextTries returns of each destination the pending delivery whose next try is
	// first and the one whose is last, and all that are in state sending, by their
	// next tries.
	NextTries(context.Context) ([]run.Delivery, error)
	// Running is how long agents have run: a clock that never jumps.
	Running() time.Duration
	BeginTry(ctx context.Context, delivery int64) error
	EndTry(context.Context, run.TryEnd, run.Finish) error
}

// Objects records the files of a delivery and what became of each.
type Objects interface {
	DeliveryObjects(ctx context.Context, delivery int64) (objects []run.DeliveryObject, listed bool, err error)
	ListObjects(ctx context.Context, delivery int64, objects []run.DeliveryObject) error
	SetResults(context.Context, []run.DeliveryObject) error
}

// Sender sends files to a destination and reports what becomes of each. After an
// error, files without an outcome are unsent.
type Sender interface {
	Send(ctx context.Context, to run.Destination, files Files, report scu.Report) error
	// Line names what only one Send may use at a time.
	Line(to run.Destination) string
}

// Files are the files of one try.
type Files struct {
	List []scu.File
	Open func(name string) (*os.File, error)
	Dir  string // where there is room for what a try makes
}
