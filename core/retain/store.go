package retain

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

// Store is what the retainer needs of the state database.
type Store interface {
	Kept
	Marks
	Rows
	Clock
}

// Kept lists what there is, oldest first: up to most arrivals or runs newer than
// the one with a sequence number.
type Kept interface {
	KeptArrivals(ctx context.Context, kind run.RemovalKind, after int64, most int) ([]run.KeptArrival, error)
	KeptRuns(ctx context.Context, kind run.RemovalKind, after int64, most int) ([]run.KeptRun, error)
	// UnneededObjects returns objects of an arrival that no arrival holds whose
	// files are kept.
	UnneededObjects(ctx context.Context, arrival, after int64, most int) ([]run.Object, error)
	ArrivalBytes(ctx context.Context, seq int64) (int64, error)
}

// Marks record that files are removed, before they are, if decide says so of
// what the transaction reads.
type Marks interface {
	MarkObjects(ctx context.Context, seq int64, at time.Time, decide func(run.KeptArrival) bool) (bool, error)
	MarkOutputs(ctx context.Context, seq int64, at time.Time, decide func(run.KeptRun) bool) (bool, error)
	MarkLogs(ctx context.Context, seq int64, at time.Time, decide func(run.KeptRun) bool) (bool, error)
}

// Rows are the removals that are recorded and not done, and the rows that go
// when their files are gone.
type Rows interface {
	Removals(context.Context) ([]run.Removal, error)
	RemovalFailed(ctx context.Context, m run.Removal, reason string) error
	RemovalDone(context.Context, run.Removal) error
	// DropRun and DropArrival remove up to most rows, and report whether that
	// was the last of them. It is an error while files are left.
	DropRun(ctx context.Context, seq int64, most int) (bool, error)
	DropArrival(ctx context.Context, seq int64, most int) (bool, error)
}

// Clock keeps what is known of the wall clock over restarts.
type Clock interface {
	RetentionClock(context.Context) (run.RetentionClock, error)
	SaveRetentionClock(context.Context, run.RetentionClock) error
}

// Files removes files. What is missing already is not an error, and what cannot
// be removed keeps nothing else from it.
type Files interface {
	RemoveObjects(arrival run.ArrivalID, files []string, open func(run.ArrivalID) bool, step spool.Step) spool.Removed
	RemoveOutputs(id run.ID, step spool.Step) spool.Removed
	RemoveLogs(id run.ID, sure func() error, step spool.Step) spool.Removed
}
