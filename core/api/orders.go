package api

import (
	"context"

	"github.com/raddeploy/raddeploy/core/run"
)

// Order is what an action is asked for with. All fields are optional unless the
// action says otherwise.
type Order struct {
	By   string `json:"by,omitempty"`   // who asks, for the journal
	From string `json:"from,omitempty"` // retry: the task, by name or index, from which on all is tried again
	To   string `json:"to,omitempty"`   // resend: the destination, by name or AE title
	Flow string `json:"flow,omitempty"` // rerun, which needs it: a name, or NAME@VERSION
	// Reason is why something is discarded, in the operator's words.
	Reason string `json:"reason,omitempty"`
}

// CancelRun has the run canceled whose id begins with prefix, and returns it as
// it is then. So do the other actions.
func (s *Server) CancelRun(ctx context.Context, prefix string, by run.Actor) (Run, error) {
	return s.onRun(ctx, prefix, func(id run.ID) error { return s.from.Operator.Cancel(ctx, id, by) })
}

// RetryRun has a run tried again that has ended; o.From says from where on.
func (s *Server) RetryRun(ctx context.Context, prefix string, o Order, by run.Actor) (Run, error) {
	return s.onRun(ctx, prefix, func(id run.ID) error { return s.from.Operator.Retry(ctx, id, o.From, by) })
}

// ResendRun has the results of a run sent again, to o.To or to all.
func (s *Server) ResendRun(ctx context.Context, prefix string, o Order, by run.Actor) (Run, error) {
	return s.onRun(ctx, prefix, func(id run.ID) error { return s.from.Operator.Resend(ctx, id, o.To, by) })
}

// ReleaseRun has a run go on that is held.
func (s *Server) ReleaseRun(ctx context.Context, prefix string, by run.Actor) (Run, error) {
	return s.onRun(ctx, prefix, func(id run.ID) error { return s.from.Operator.ReleaseRun(ctx, id, by) })
}

// DiscardRun gives up a run that is held, for o.Reason.
func (s *Server) DiscardRun(ctx context.Context, prefix string, o Order, by run.Actor) (Run, error) {
	return s.onRun(ctx, prefix, func(id run.ID) error { return s.from.Operator.DiscardRun(ctx, id, o.Reason, by) })
}

func (s *Server) onRun(ctx context.Context, prefix string, do func(run.ID) error) (Run, error) {
	found, err := s.from.DB.Run(ctx, prefix)
	if err != nil {
		return Run{}, err
	}
	if err := do(found.ID); err != nil {
		return Run{}, err
	}
	found, err = s.from.DB.Run(ctx, string(found.ID))
	return runOf(found), err
}

// ReleaseArrival has an arrival go on that is held.
func (s *Server) ReleaseArrival(ctx context.Context, prefix string, by run.Actor) (Arrival, error) {
	return s.onArrival(ctx, prefix, func(id run.ArrivalID) error { return s.from.Operator.Release(ctx, id, by) })
}

// DiscardArrival gives up an arrival that is held, for o.Reason.
func (s *Server) DiscardArrival(ctx context.Context, prefix string, o Order, by run.Actor) (Arrival, error) {
	return s.onArrival(ctx, prefix, func(id run.ArrivalID) error { return s.from.Operator.Discard(ctx, id, o.Reason, by) })
}

func (s *Server) onArrival(ctx context.Context, prefix string, do func(run.ArrivalID) error) (Arrival, error) {
	found, err := s.from.DB.Arrival(ctx, prefix)
	if err != nil {
		return Arrival{}, err
	}
	if err := do(found.ID); err != nil {
		return Arrival{}, err
	}
	found, err = s.from.DB.Arrival(ctx, string(found.ID))
	return s.arrivalOf(ctx, found), err
}

// RerunArrival makes a run of o.Flow on an arrival, whether it triggered or not.
func (s *Server) RerunArrival(ctx context.Context, prefix string, o Order, by run.Actor) (Run, error) {
	found, err := s.from.DB.Arrival(ctx, prefix)
	if err != nil {
		return Run{}, err
	}
	return s.rerun(ctx, found, o, by)
}

// RerunRun makes a run of o.Flow on the arrival of a run.
func (s *Server) RerunRun(ctx context.Context, prefix string, o Order, by run.Actor) (Run, error) {
	found, err := s.from.DB.Run(ctx, prefix)
	if err != nil {
		return Run{}, err
	}
	arrival, err := s.from.DB.Arrival(ctx, string(found.Arrival))
	if err != nil {
		return Run{}, err
	}
	return s.rerun(ctx, arrival, o, by)
}

func (s *Server) rerun(ctx context.Context, arrival run.Arrival, o Order, by run.Actor) (Run, error) {
	if o.Flow == "" {
		return Run{}, &badRequest{"rerun needs the name of a flow"}
	}
	id, err := s.from.Operator.Rerun(ctx, arrival, o.Flow, by)
	if err != nil {
		return Run{}, err
	}
	made, err := s.from.DB.Run(ctx, string(id))
	return runOf(made), err
}

// Drain keeps new tasks from an executor, or not any more.
func (s *Server) Drain(ctx context.Context, executor string, on bool, by run.Actor) (Executor, error) {
	do := s.from.Operator.Undrain
	if on {
		do = s.from.Operator.Drain
	}
	if err := do(ctx, executor, by); err != nil {
		return Executor{}, err
	}
	return s.Executor(executor)
}

// SwitchFlow has a flow take part, or not, from the next arrival on.
func (s *Server) SwitchFlow(ctx context.Context, name string, on bool, by run.Actor) (Flow, error) {
	return whole(s.from.Flows.Switch(ctx, name, on, by))
}
