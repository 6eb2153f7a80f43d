package operate

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

var anna = run.Actor{Name: "anna", Address: "127.0.0.1"}

// standing is a run in a state, with tasks in states.
func standing(state run.State, tasks ...run.TaskState) run.Standing {
	s := run.Standing{Run: run.Run{ID: "0b7c1f8e-6f0e-4f3e-9c3a-2f1d8f1f2a10", State: state, Arrival: "a"}}
	for i, state := range tasks {
		s.Tasks = append(s.Tasks, run.Task{Index: i, Name: string(rune('a' + i)), State: state, Tries: 2, Retries: 1, Faults: 1})
	}
	return s
}

// changes are the tasks that an action changes, by their names.
func changes(a run.Acting) map[string]run.TaskState {
	all := make(map[string]run.TaskState)
	for _, task := range a.Tasks {
		all[task.Name] = task.State
	}
	return all
}

func TestCancelInEachState(t *testing.T) {
	const pending, running, succeeded = run.TaskPending, run.TaskRunning, run.TaskSucceeded
	for _, test := range []struct {
		name  string
		s     run.Standing
		state run.State
		tasks map[string]run.TaskState
	}{
		{"pending", standing(run.Pending, pending, pending), run.Canceled, map[string]run.TaskState{"a": "canceled", "b": "canceled"}},
		{"running", standing(run.Running, succeeded, running, pending), run.Canceling, map[string]run.TaskState{"c": "canceled"}},
		{"between two tries", standing(run.Running, succeeded, pending), run.Canceled, map[string]run.TaskState{"b": "canceled"}},
		{"sending", standing(run.Sending, succeeded), run.Canceled, map[string]run.TaskState{}},
		{"canceling", standing(run.Canceling, running), "", map[string]run.TaskState{}},
		{"canceled", standing(run.Canceled, run.TaskCanceled), "", map[string]run.TaskState{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, err := cancel(test.s, anna)
			if err != nil || a.State != test.state {
				t.Errorf("state %q, want %q (%v)", a.State, test.state, err)
			}
			if diff := cmp.Diff(test.tasks, changes(a)); diff != "" {
				t.Error(diff)
			}
			if a.State != "" && a.Reason != "canceled by anna" {
				t.Errorf("reason %q", a.Reason)
			}
		})
	}
}

func TestCancelOfDeliveries(t *testing.T) {
	s := standing(run.Sending, run.TaskSucceeded)
	s.Deliveries = []run.Delivery{{ID: 1, State: run.DeliverySent}, {ID: 2, State: run.DeliverySending}, {ID: 3, State: run.DeliveryPending}, {ID: 4, State: run.DeliveryFailed}}
	a, err := cancel(s, anna)
	if diff := cmp.Diff([]int64{2, 3}, a.Abandon); diff != "" || err != nil || a.AbandonReason != "its run was canceled by anna" {
		t.Errorf("%s %+v %v", diff, a, err)
	}
}

func TestCancelOfARunThatHasEnded(t *testing.T) {
	for state, advice := range map[run.State]string{
		run.Done:   "it has ended, and its results are sent",
		run.Failed: "it has ended; `raddeploy retry 0b7c1f8e` has it tried again",
	} {
		_, err := cancel(standing(state), anna)
		var moved *run.StateError
		if !errors.As(err, &moved) || moved.From != string(state) || problem.Advice(err) != advice {
			t.Errorf("%s: %v", state, err)
		}
	}
}
