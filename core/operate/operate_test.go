package operate

import (
	"context"
	"testing"

	"github.com/raddeploy/raddeploy/core/run"
)

// Whoever asks again for what was begun, because the answer was lost, is told
// that it is so.
func TestAskedTwice(t *testing.T) {
	s := &store{standing: standing(run.Running, run.TaskRunning, run.TaskPending, run.TaskPending), definition: encoded(t, chain())}
	o, _ := operator(t, s)
	o.Outputs = func(context.Context, run.ID) ([]string, error) { return nil, nil }
	id := s.standing.Run.ID
	s.standing.Last = run.Entry{Action: run.Retry, Detail: "from task b"}
	check(t, o.Retry(t.Context(), id, "b", anna))
	if err := o.Retry(t.Context(), id, "c", anna); err == nil {
		t.Error("a retry from another task is taken for the same")
	}
	s.standing.Run.State, s.standing.Last = run.Sending, run.Entry{Action: run.Resend}
	check(t, o.Resend(t.Context(), id, "", anna))
	if s.acting.State != "" {
		t.Errorf("asking again changed %+v", s.acting)
	}
	s.standing = standing(run.Failed, run.TaskFailed, run.TaskSkipped, run.TaskSkipped)
	s.standing.Last = run.Entry{Action: run.Resend}
	if err := o.Resend(t.Context(), id, "", anna); err == nil {
		t.Error("what has ended since is taken for what was begun")
	}
}

// A superseded delivery is not sent again, and does not count as one that failed.
func TestSupersededDeliveriesDoNotCount(t *testing.T) {
	s := &store{standing: standing(run.Done, run.TaskSucceeded)}
	before, after := delivered(1, viewer, run.DeliveryFailed), delivered(2, pacs, run.DeliverySent)
	before.Superseded = true
	s.standing.Deliveries = []run.Delivery{before, after}
	o, _ := operator(t, s)
	o.Outputs = func(context.Context, run.ID) ([]string, error) { return nil, nil }
	check(t, o.Resend(t.Context(), s.standing.Run.ID, "", anna))
	if len(s.acting.Deliveries) != 1 || s.acting.Deliveries[0].Destination != pacs {
		t.Errorf("it changes %+v", s.acting)
	}
}
