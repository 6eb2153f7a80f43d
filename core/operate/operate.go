package operate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

// Operator acts for the people who ask. Its fields are set before it is used.
type Operator struct {
	Store Store
	// Match wakes the matcher, Schedule the scheduler, and Deliver the deliverer.
	Match, Schedule, Deliver func()
	// Stop ends the tries at deliveries that are not to be sent any more.
	Stop func(deliveries ...int64)
	// Destinations are those that the site names now.
	Destinations func() config.Destinations
	// Running is how long agents have run: a clock that never jumps.
	Running func() time.Duration
	// Flow finds flows, and NewRun makes a run of one.
	Flow   FindFlow
	NewRun MakeRun
	// Executors names those of the site. ReadDrained has it known which of them
	// get no new task.
	Executors   func() []string
	ReadDrained func(context.Context) error
	// Spool has the files of runs.
	Spool *spool.Spool
	// Outputs returns the folders of a run that are sent, below its folder.
	Outputs func(context.Context, run.ID) ([]string, error)
	Logger  hclog.Logger
}

// Store records actions. Each call is one commit.
type Store interface {
	// ActOnRun records an action on the run that the entry names, and what is
	// decided about it. An action that changes nothing is not recorded.
	ActOnRun(ctx context.Context, e run.Entry, decide run.Act) error
	// Definition returns a run's flow as it was stored.
	Definition(ctx context.Context, id run.ID) ([]byte, error)
	// SelectedObjects returns the objects that a run works on.
	SelectedObjects(ctx context.Context, id run.ID) ([]run.Object, error)
	Arrivals
	Drains
}

// Drains records which executors get no new task. What is so already is not
// recorded again.
type Drains interface {
	Drain(ctx context.Context, e run.Entry) error
	Undrain(ctx context.Context, e run.Entry) error
}

// Arrivals records actions on arrivals.
type Arrivals interface {
	// Objects returns the objects of an arrival.
	Objects(ctx context.Context, arrival run.ArrivalID) ([]run.Object, error)
	// ActOnArrival records an action on the arrival that the entry names, with the
	// state and the reason that are decided. "": it changes nothing.
	ActOnArrival(ctx context.Context, e run.Entry, decide func(run.Holding) (run.ArrivalState, string, error)) error
	// AddRun records a run on an arrival, unless allow returns an error for the
	// state that the arrival is in at that moment.
	AddRun(ctx context.Context, e run.Entry, arrival run.ArrivalID, r run.Run, tasks []string, allow func(at run.ArrivalState, filesRemoved time.Time) error) error
}

// onRun records an action on a run and returns what it changed; the zero value
// if it was a no-op, as one is that is asked for again before what it began has
// ended.
func (o *Operator) onRun(ctx context.Context, e run.Entry, decide run.Act) (run.Acting, error) {
	e.At, e.Thing = time.Now(), run.State("").Thing()
	var decided run.Acting
	err := o.Store.ActOnRun(ctx, e, func(s run.Standing) (_ run.Acting, err error) {
		if !s.Run.State.Final() && s.Last.Action == e.Action && s.Last.Detail == e.Detail {
			decided = run.Acting{}
			return decided, nil
		}
		s.Deliveries = slices.DeleteFunc(s.Deliveries, func(d run.Delivery) bool { return d.Superseded })
		decided, err = decide(s)
		return decided, err
	})
	if err != nil {
		return run.Acting{}, err
	}
	if decided.State != "" {
		o.log(e)
	}
	return decided, nil
}

// log reports an action. Its detail may be what somebody wrote of a patient.
func (o *Operator) log(e run.Entry) {
	o.Logger.Info("an operator acts", "action", e.Action, e.Thing, e.ID, "by", e.By.String(), "address", e.By.Address)
}

// refused says why an action on a run is not possible in its state, and what is.
func refused(action run.Action, r run.Run, to run.State, advice string) error {
	cause := &run.StateError{Thing: r.State.Thing(), ID: string(r.ID), From: string(r.State), To: string(to)}
	return &problem.Error{Op: string(action), Cause: cause, Advice: advice}
}

// quoted names a thing with the command that an operator may want instead.
func quoted(command string, r run.Run) string {
	return fmt.Sprintf("`raddeploy %s %.8s`", command, r.ID)
}
