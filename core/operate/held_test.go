package operate

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

func (s *store) ActOnArrival(_ context.Context, e run.Entry, decide func(run.Holding) (run.ArrivalState, string, error)) error {
	to, reason, err := decide(s.holding)
	if err != nil || s.fail != nil || to == "" {
		return errors.Join(err, s.fail)
	}
	s.entries = append(s.entries, e)
	s.holding = run.Holding{State: to, Reason: reason, Last: e.Action}
	return nil
}

const arrivalID = run.ArrivalID("0b7c1f8e-6f0e-4f3e-9c3a-2f1d8f1f2a10")

func TestReleaseAndDiscard(t *testing.T) {
	for _, test := range []struct {
		action string
		act    func(context.Context, *Operator) error
		state  run.ArrivalState
		reason string
	}{
		{"release", func(ctx context.Context, o *Operator) error { return o.Release(ctx, arrivalID, anna) },
			run.ArrivalComplete, "association broke off; released by anna"},
		{"discard", func(ctx context.Context, o *Operator) error { return o.Discard(ctx, arrivalID, "sent twice", anna) },
			run.ArrivalDiscarded, "association broke off; discarded by anna: sent twice"},
	} {
		t.Run(test.action, func(t *testing.T) {
			s := &store{holding: run.Holding{State: run.ArrivalIncomplete, Reason: "association broke off"}}
			o, woken := operator(t, s)
			s.fail = errors.New("disk I/O error")
			if err := test.act(t.Context(), o); !errors.Is(err, s.fail) || len(*woken) > 0 {
				t.Errorf("a store that fails: %v, woken %v", err, *woken)
			}
			s.fail = nil
			for range 2 { // twice is once
				check(t, test.act(t.Context(), o))
				if s.holding.State != test.state || s.holding.Reason != test.reason || len(s.entries) != 1 {
					t.Errorf("it is %+v after %d entries", s.holding, len(s.entries))
				}
			}
			if diff := cmp.Diff([]string{"match", "match"}, *woken); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What is not held is refused, with its state and what can be done.
func TestWhatIsNotHeld(t *testing.T) {
	for state, advice := range map[run.ArrivalState]string{
		run.ArrivalReceiving:  "its association is open",
		run.ArrivalMatched:    "raddeploy rerun 0b7c1f8e",
		run.ArrivalSuperseded: "later arrival",
		run.ArrivalDiscarded:  "given up",
	} {
		s := &store{holding: run.Holding{State: state}}
		o, woken := operator(t, s)
		for _, err := range []error{o.Release(t.Context(), arrivalID, anna), o.Discard(t.Context(), arrivalID, "", anna)} {
			var moved *run.StateError
			if !errors.As(err, &moved) || moved.From != string(state) || !strings.Contains(problem.Advice(err), advice) || len(*woken) > 0 {
				t.Errorf("%s: %v", state, err)
			}
		}
	}
	for _, state := range []run.State{run.Pending, run.Running, run.Sending, run.Canceling, run.Done, run.Failed, run.Canceled} {
		o, _ := operator(t, &store{standing: standing(state)})
		for _, err := range []error{o.ReleaseRun(t.Context(), "R", anna), o.DiscardRun(t.Context(), "R", "", anna)} {
			var refusal *Refusal
			if !errors.As(err, &refusal) || !strings.Contains(err.Error(), "run 0b7c1f8e: its state is "+string(state)+", and nothing of it is held: `raddeploy runs 0b7c1f8e`") {
				t.Errorf("%s: %v", state, err)
			}
		}
	}
}
