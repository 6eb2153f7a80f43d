package assemble

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// Store records arrivals and their objects. What it has recorded outlives a
// crash. A change that comes too late is a [run.StateError].
type Store interface {
	OpenArrival(context.Context, run.Arrival) error
	// AddObjects records objects of an association and puts them into arrivals of
	// series and studies; without place into none.
	AddObjects(ctx context.Context, association run.ArrivalID, objects []run.Object, place run.Place) error
	// CloseArrival records the last objects of an association likewise and, in the
	// same transaction, what is decided from all that it holds then.
	CloseArrival(ctx context.Context, association run.ArrivalID, at time.Time, last []run.Object, place run.Place, decide run.Close) error
	Unfinished
	Grouped
}

// Unfinished is what recovery asks of the store.
type Unfinished interface {
	// Associations are those that are recorded as open. Objects and Sender need not
	// be set.
	Associations(context.Context) ([]run.Content, error)
	// Recorded are the files of an association's objects that have rows.
	Recorded(ctx context.Context, association run.ArrivalID) ([]string, error)
}

// Grouped is what the loop asks of the store about arrivals of series and
// studies.
type Grouped interface {
	Timers
	Members(ctx context.Context, arrival run.ArrivalID) (run.Members, error)
	// Copies are the objects of both arrivals of whose SOP instance there are
	// several, in the order in which they came.
	Copies(ctx context.Context, arrival, before run.ArrivalID) ([]run.Object, error)
	// NewObjects are those of an arrival that are newer than the one with this id.
	NewObjects(ctx context.Context, arrival run.ArrivalID, after int64) ([]run.Object, error)
	// SentBy are the senders of the associations that have sent to an arrival.
	SentBy(ctx context.Context, arrival run.ArrivalID) (map[run.ArrivalID]run.Sender, error)
	// CompleteArrival ends the waiting of an arrival. The error is
	// [run.ErrObjectsCame] if it has newer objects than was known.
	CompleteArrival(context.Context, run.Completion) error
}

// Timers are when waiting arrivals may be complete.
type Timers interface {
	// Due are the arrivals that may be complete at a moment; next is when others
	// may, zero: no others wait.
	Due(ctx context.Context, at time.Time) (due []run.Arrival, next time.Time, err error)
	// Waiting are all that wait.
	Waiting(context.Context) ([]run.Arrival, error)
	SetTimers(context.Context, []run.Timer) error
}

// Spool keeps the files of arrivals.
type Spool interface {
	// Recover returns the whole objects in an arrival's folder that are not
	// known. Beside an error stand those that could be read.
	Recover(arrival run.ArrivalID, known func(file string) bool) ([]run.Object, error)
	Discard(run.ArrivalID) error
	// Same reports whether the data sets of two objects are the same bytes.
	Same(file, other string) (bool, error)
}

// Receiving is what the receiver knows of arrivals beside their rows.
type Receiving interface {
	Open(run.ArrivalID) bool     // its association is open
	Released(run.ArrivalID) bool // its association was released, and that could not be recorded
	// Sending are the senders of the open associations that have sent objects of a
	// Series or Study Instance UID; or the one whose id it is.
	Sending(uid dcm.UID) []run.Sender
}
