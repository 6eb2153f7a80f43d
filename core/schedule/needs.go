package schedule

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
	"github.com/raddeploy/raddeploy/core/state"
	"github.com/raddeploy/raddeploy/sdk"
)

// Runs are the rows of runs that have tasks to do. [state.DB] has them.
type Runs interface {
	// OpenRuns returns up to most open runs with their tasks, oldest first: those
	// newer than the one with this sequence number. Definitions and objects are
	// left out.
	OpenRuns(ctx context.Context, after int64, most int) ([]state.OpenRun, error)
	// OpenRun returns a run with its tasks if it is open.
	OpenRun(ctx context.Context, id run.ID) (open state.OpenRun, ok bool, err error)
	// Definition returns a run's flow as it was stored.
	Definition(ctx context.Context, id run.ID) ([]byte, error)
}

// Attempts are the rows of attempts.
type Attempts interface {
	// AttemptsIn returns the attempts in one of these states, oldest first.
	AttemptsIn(ctx context.Context, states ...run.AttemptState) ([]run.Attempt, error)
	// Attempts returns all attempts of a run, by task and number.
	Attempts(ctx context.Context, id run.ID) ([]run.Attempt, error)
}

// Actions are what operators did to runs: the journal's rows. [state.DB] has them.
type Actions interface {
	// LastEntry returns the number of the newest one.
	LastEntry(ctx context.Context) (int64, error)
	// ActedAfter returns the runs that newer ones are about, oldest first.
	ActedAfter(ctx context.Context, entry int64) ([]state.Acted, error)
}

// Ledger records. Each call is one commit, and returns when it is on stable
// storage. The error is a [run.StateError] where something else moved the thing
// before.
type Ledger interface {
	Intend(ctx context.Context, a run.Attempt) error
	Settle(ctx context.Context, s state.Settlement) error
	SetWaiting(ctx context.Context, tasks []state.Waiting) error
	SetRemoved(ctx context.Context, id run.AttemptID) error
}

// Clock counts the time that agents have run, which the clock on the wall does
// not change. [state.DB] has it.
type Clock interface{ Running() time.Duration }

// Fleet is the executors of the site and their leases.
type Fleet interface {
	// Board is what the executors have left.
	Board() []plan.Executor
	Configured(instance string) bool
	Starts
	Leases
}

// Starts is how executors do at starting tasks.
type Starts interface {
	// Tried tells how an attempt on an executor ended.
	Tried(a run.Attempt, e run.Ending)
	// GiveUpAfter is how long a task is tried that infrastructure failed there.
	GiveUpAfter(instance string) time.Duration
}

// Leases are what open attempts hold: CPU slots and GPUs.
type Leases interface {
	Lease(a run.Attempt)
	LeaseUntilRemoved(a run.Attempt, exit sdk.Exit)
	Ended(id run.AttemptID, exit sdk.Exit)
	Stick(id run.AttemptID, why string)
	Release(id run.AttemptID)
}

// Destinations are those that the site names now.
type Destinations interface {
	Named(name string) (to config.Destination, ok bool)
}

// Engine executes attempts; package execute has one.
type Engine interface {
	// Execute leads an attempt to its end, which it brings about itself when the
	// job is canceled. The error is that of ctx: the attempt goes on without us; or
	// the attempt could not be recorded, and nothing was started.
	Execute(ctx context.Context, job *run.Job) (run.Ending, error)
	// Forget has the executor remove what it holds of an ended attempt.
	Forget(ctx context.Context, executor string, id run.AttemptID) error
}
