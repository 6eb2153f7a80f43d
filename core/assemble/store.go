package assemble

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// Store records arrivals and their objects. What it has recorded outlives a
// crash. A change that comes too late is a [run.StateError].
type Store interface {
	OpenArrival(context.Context, run.Arrival) error
	AddObjects(context.Context, run.ArrivalID, []run.Object) error
	// CloseArrival records the last objects of an arrival and, in the same
	// transaction, what is decided from all that it holds then.
	CloseArrival(ctx context.Context, arrival run.ArrivalID, at time.Time, last []run.Object, decide run.Close) error
	Unfinished
}

// Unfinished is what recovery asks of the store.
type Unfinished interface {
	ArrivalsIn(context.Context, ...run.ArrivalState) ([]run.Arrival, error)
	Files(context.Context, run.ArrivalID) ([]string, error)
}

// Spool keeps the files of arrivals.
type Spool interface {
	// Recover returns the whole objects in an arrival's folder that are not
	// known. Beside an error stand those that could be read.
	Recover(arrival run.ArrivalID, known func(file string) bool) ([]run.Object, error)
	Discard(run.ArrivalID) error
}

// Receiving is what the receiver knows of arrivals beside their rows.
type Receiving interface {
	Open(run.ArrivalID) bool     // its association is open
	Released(run.ArrivalID) bool // its association was released, and that could not be recorded
}
