package operate

import (
	"context"

	"github.com/raddeploy/raddeploy/core/run"
)

// Cancel ends a run before its end. Nothing more of it is started or sent; what
// runs is stopped, gently and then by force, and the run is in state canceling
// until it has ended. To cancel a run that is canceled is a no-op.
func (o *Operator) Cancel(ctx context.Context, id run.ID, by run.Actor) error {
	entry := run.Entry{Action: run.Cancel, ID: string(id), By: by}
	acting, err := o.onRun(ctx, entry, func(s run.Standing) (run.Acting, error) { return cancel(s, by) })
	if err != nil {
		return err
	}
	o.Stop(acting.Abandon...)
	o.Schedule()
	return nil
}

// cancel decides what the cancellation of a run changes at once.
func cancel(s run.Standing, by run.Actor) (run.Acting, error) {
	switch s.Run.State {
	case run.Canceling, run.Canceled:
		return run.Acting{}, nil
	case run.Done:
		return run.Acting{}, refused(run.Cancel, s.Run, run.Canceled, "it has ended, and its results are sent")
	case run.Failed:
		return run.Acting{}, refused(run.Cancel, s.Run, run.Canceled, "it has ended; "+quoted("retry", s.Run)+" has it tried again")
	}
	a := run.Acting{State: run.Canceled, Reason: "canceled by " + by.String()}
	for _, task := range s.Tasks {
		switch task.State {
		case run.TaskPending:
			task.State, task.Reason = run.TaskCanceled, a.Reason
			a.Tasks = append(a.Tasks, task)
		case run.TaskRunning: // it is canceled when its attempt has ended
			a.State = run.Canceling
		}
	}
	for _, d := range s.Deliveries {
		if !d.State.Final() {
			a.Abandon, a.AbandonReason = append(a.Abandon, d.ID), "its run was "+a.Reason
		}
	}
	return a, nil
}
