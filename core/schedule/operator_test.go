package schedule

import (
	"context"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// act changes the rows as an operator's action does.
func (w *world) act(action string, id run.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.row(id)
	if action == "retry" {
		r.State, r.Reason = run.Pending, ""
		for i := range r.tasks {
			if t := &r.tasks[i]; t.State != run.TaskSucceeded {
				t.State, t.Reason, t.Retries, t.Faults = run.TaskPending, "", 0, 0
			}
		}
	} else {
		r.State, r.Reason = run.Canceled, "canceled by anna"
		for i := range r.tasks {
			switch t := &r.tasks[i]; t.State {
			case run.TaskPending:
				t.State, t.Reason = run.TaskCanceled, r.Reason
			case run.TaskRunning:
				r.State = run.Canceling
			}
		}
	}
	w.acted = append(w.acted, id)
}

func (p *process) LastEntry(ctx context.Context) (last int64, err error) {
	err = p.call(ctx, "LastEntry", func() error {
		last = int64(len(p.acted))
		return nil
	})
	return last, err
}

func (p *process) ActedAfter(ctx context.Context, entry int64) (acted []state.Acted, err error) {
	err = p.call(ctx, "ActedAfter", func() error {
		for i, id := range p.acted[entry:] {
			acted = append(acted, state.Acted{Seq: entry + int64(i) + 1, Run: id, State: p.row(id).State})
		}
		return nil
	})
	return acted, err
}

// No operator does anything to the rows of the other tests.
func (*rows) LastEntry(context.Context) (int64, error)                 { return 0, nil }
func (*rows) ActedAfter(context.Context, int64) ([]state.Acted, error) { return nil, nil }
