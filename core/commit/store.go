package commit

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/commitment"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
)

// Store records requests. What it has recorded outlives a crash. A change that comes
// too late is a [run.StateError].
type Store interface {
	Requests
	Objects
	// Running is how long agents have run: a clock that never jumps.
	Running() time.Duration
}

// Requests are the rows of requests.
type Requests interface {
	AskCommitment(ctx context.Context, c run.Commitment, refs []run.Reference, decide run.AskCommitment) (id int64, err error)
	// OpenCommitments are those that are to be decided or reported, oldest first.
	OpenCommitments(context.Context) ([]run.Commitment, error)
	CommitmentInstances(ctx context.Context, id int64) ([]run.Reference, []run.Uncommitted, error)
	DecideCommitment(context.Context, run.Decided) error
	EndReport(context.Context, run.CommitmentEnd) error
	ForgetCommitments(ctx context.Context, before time.Time, most int) (done bool, err error)
}

// Objects are the rows of objects.
type Objects interface {
	// Stored are the objects of SOP instances that are recorded and kept.
	Stored(ctx context.Context, instances []dcm.UID) ([]run.Stored, error)
	// Associations are those that are recorded as open.
	Associations(context.Context) ([]run.Content, error)
}

// Files are those of objects.
type Files interface {
	// Intact reports whether a file is whole and as it was received. The error is
	// fs.ErrNotExist if there is none.
	Intact(file string) (bool, error)
}

// Receiving is what the receiver knows beside the rows.
type Receiving interface {
	// Record returns when all objects that were answered are recorded.
	Record(context.Context) error
	Open(run.ArrivalID) bool // its association is open
}

// Association is one on which a request was asked.
type Association interface {
	// Quiet is for how long its peer has sent nothing and is owed nothing; false: it
	// has ended.
	Quiet() (time.Duration, bool)
	Reports
}

// Reports takes a report.
type Reports interface {
	Report(context.Context, commitment.Result) (dimse.Answer, error)
}

// Reporter reports on associations of its own.
type Reporter interface {
	ReportTo(context.Context, run.Sender, commitment.Result) (dimse.Answer, error)
}
