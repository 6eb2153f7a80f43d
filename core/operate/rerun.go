package operate

import (
	"context"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

// Rerun makes a new run of a flow of the site's on an arrival, whether the flow
// triggered on it or not, and returns its id. The flow is one that a name means,
// or a name and a version (NAME@VERSION); it may be disabled, and have no
// triggers. Each call makes another run.
func (o *Operator) Rerun(ctx context.Context, arrival run.Arrival, flow string, by run.Actor) (run.ID, error) {
	f, err := o.Flow(flow)
	if err != nil {
		return "", err
	}
	if err := rerunnable(arrival.ID, arrival.State); err != nil {
		return "", err
	}
	objects, err := o.Store.Objects(ctx, arrival.ID)
	if err != nil {
		return "", err
	}
	if err := o.objectsKept(objects); err != nil {
		return "", noObjects(arrival.ID, err)
	}
	r, tasks, err := o.NewRun(ctx, arrival, f)
	if err != nil {
		return "", fmt.Errorf("rerun: %w", err)
	}
	entry := run.Entry{
		At: time.Now(), Action: run.Rerun, Thing: run.State("").Thing(), ID: string(r.ID), By: by,
		Detail: fmt.Sprintf("flow %s on arrival %s", f.Flow.ID(), arrival.ID),
	}
	allow := func(at run.ArrivalState, filesRemoved time.Time) error {
		if err := filesKept(filesRemoved); err != nil { // since they were looked for
			return noObjects(arrival.ID, err)
		}
		return rerunnable(arrival.ID, at)
	}
	if err := o.Store.AddRun(ctx, entry, arrival.ID, r, tasks, allow); err != nil {
		return "", err
	}
	o.log(entry)
	o.Schedule()
	return r.ID, nil
}

func noObjects(id run.ArrivalID, err error) error {
	return &Refusal{&problem.Error{Op: "rerun", Object: fmt.Sprintf("arrival %.8s", id), Cause: err, Advice: "send the objects again"}}
}

// FindFlow returns the flow of the site's that a name means.
type FindFlow func(name string) (*flowfile.Loaded, error)

// MakeRun makes the run of a flow on an arrival, with the names of its tasks.
type MakeRun func(context.Context, run.Arrival, *flowfile.Loaded) (run.Run, []string, error)

// rerunnable says why no run can be made of an arrival in a state, and what can
// be done instead.
func rerunnable(id run.ArrivalID, at run.ArrivalState) error {
	advice := "`raddeploy arrivals` shows what happened to it"
	switch at {
	case run.ArrivalComplete, run.ArrivalMatched, run.ArrivalUnmatched:
		return nil
	case run.ArrivalReceiving:
		advice = "wait until it is complete"
	case run.ArrivalIncomplete:
		advice = fmt.Sprintf("`raddeploy release %.8s` completes it", id)
	case run.ArrivalSuperseded:
		advice = "its objects are in a later arrival: `raddeploy arrivals` says which"
	case run.ArrivalGrouped:
		advice = "its objects are in arrivals of series or studies: `raddeploy arrivals` lists them"
	}
	cause := &run.StateError{Thing: at.Thing(), ID: string(id), From: string(at), To: string(run.ArrivalMatched)}
	return &problem.Error{Op: "rerun", Cause: cause, Advice: advice}
}
